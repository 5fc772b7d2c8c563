// The fixture that the tests of this room share.
#pragma once

#include "features/ingestion/ingestion.hpp"

#include <condition_variable>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "features/audit/audit.hpp"
#include "features/ingestion/ingestion_sql.hpp"
#include "store/blobs/blob_store.hpp"
#include "store/vault/vault.hpp"
#include "tests/support/database.hpp"

namespace millwright::ingestion {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TestClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  void forward(Duration by) { now_ += by; }

 private:
  Timestamp now_ = parse_time("2026-11-23T13:00:00Z").value();
};

/// A source in memory.
struct Folder {
  struct File {
    std::string text;
    int generation = 1;
    std::string identity;
  };
  std::map<std::string, File> files;
  std::string broken;                          // why listing fails
  std::function<void(const std::string&)> on_fetch;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_changed = false, is_awake = false;

  void put(const std::string& path, const std::string& text) {
    auto& file = files[path];
    file.text = text;
    ++file.generation;
  }
  void signal() {
    const std::scoped_lock lock(mutex);
    is_changed = true;
    changed.notify_all();
  }
};

class FolderConnector final : public Connector {
 public:
  explicit FolderConnector(Folder& folder) : folder_(folder) {}
  [[nodiscard]] Result<void> list(const std::function<Result<void>(SourceItem)>& visit) override {
    if (!folder_.broken.empty()) return fail(ErrorCode::Forbidden, "{}", folder_.broken);
    for (const auto& [path, file] : folder_.files) {
      SourceItem item{.path = path, .uri = "mem:" + path, .bytes = file.text.size(), .modified = from_micros(1'000'000),
                      .change_token = std::to_string(file.generation), .identity = file.identity};
      if (auto visited = visit(std::move(item)); !visited) return visited;
    }
    return {};
  }
  [[nodiscard]] Result<std::string> fetch(const SourceItem& item, std::uint64_t) override {
    if (folder_.on_fetch) folder_.on_fetch(item.path);
    const auto found = folder_.files.find(item.path);
    if (found == folder_.files.end()) return fail(ErrorCode::NotFound, "gone");
    if (found->second.text == "busy") return fail(ErrorCode::Unavailable, "it changes");
    return found->second.text;
  }
  [[nodiscard]] bool wait_for_change(Duration) override {
    std::unique_lock lock(folder_.mutex);
    folder_.changed.wait(lock, [&] { return folder_.is_changed || folder_.is_awake; });
    return std::exchange(folder_.is_changed, false);
  }
  void wake() override {
    const std::scoped_lock lock(folder_.mutex);
    folder_.is_awake = true;
    folder_.changed.notify_all();
  }

 private:
  Folder& folder_;
};

/// Text is one paragraph; "bad…" cannot be parsed.
class WordParser final : public Parser {
 public:
  [[nodiscard]] std::string_view name() const override { return "text"; }
  [[nodiscard]] int score(std::string_view, std::string_view) const override { return 50; }
  [[nodiscard]] Result<ParsedDocument> parse(std::string_view bytes, const ParseLimits&) const override {
    if (bytes.starts_with("bad")) return fail(ErrorCode::InvalidInput, "it is bad");
    ParsedDocument document;
    document.language = bytes.starts_with("de:") ? "de" : "";
    document.blocks.push_back({.text = std::string(bytes)});
    return document;
  }
};

class IngestionTest : public testing::TestWithParam<store::Engine> {
 protected:
  IngestionTest() : data_(GetParam(), migrations()) {
    data_.migrate(audit::migrations());
    blobs_ = std::move(*store::BlobStore::open("file:" + (data_.directory() / "blobs").string(), nullptr));
    vault_ = std::move(*store::Vault::open(std::string(32, 'k')));
    audit_ = std::move(*audit::Audit::open(data_.database(), data_.writer(), *vault_, clock_, {.data_directory = data_.directory()}));
    parsers_.push_back(std::make_unique<WordParser>());
    runner_ = make_in_process_runner(parsers_);
    source_.name = "docs";
    source_.kind = "memory";
    source_.uses = {"retrieval"};
    source_.acl.allow = {"everyone"};
    source_.data_class = policy::DataClass::Internal;
    open();
  }
  void open() {
    ingestion_.reset();
    ingestion_ = make_ingestion({data_.database(), data_.writer(), *blobs_, *audit_, clock_, *runner_,
                                 [this](const SourceConfig&) -> Result<std::unique_ptr<Connector>> {
                                   return std::make_unique<FolderConnector>(folder_);
                                 },
                                 {}, 2, batch_items_max_});
    ingestion_->replace_sources({source_});
  }
  SyncReport sync(bool full = false) {
    auto report = ingestion_->sync("docs", full, {});
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(SyncReport());
  }
  /// "path verdict[: reason]" of each line.
  std::vector<std::string> lines(const SyncReport& report) {
    std::vector<std::string> out;
    for (const IntakeLine& line : *ingestion_->report_lines(report.id)) {
      out.push_back(line.path + " " + std::string(verdict_name(line.verdict)) + (line.reason.empty() ? "" : ": " + line.reason));
    }
    return out;
  }
  std::map<std::string, Document> documents() {
    std::map<std::string, Document> out;
    std::string next;
    for (Document& document : *ingestion_->list({.source = "docs", .limit = 1'000}, next)) {
      std::string path = document.path;
      out.emplace(std::move(path), std::move(document));
    }
    return out;
  }
  void configure() { ingestion_->replace_sources({source_}); }

  test::TestDatabase data_;
  TestClock clock_;
  Folder folder_;
  SourceConfig source_;
  Parsers parsers_;
  std::size_t batch_items_max_ = 1'000;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<ParserRunner> runner_;
  std::unique_ptr<Ingestion> ingestion_;
};


}  // namespace
}  // namespace millwright::ingestion

// Speed and memory of intake: documents a second from folder to committed row, beside reading and plain HTML parsing.
//
// Documents: $MILLWRIGHT_CORPUS (else .millwright/corpus) and examples/helpdesk/runbooks. With $MILLWRIGHT_DATA set, its
// DOCX files are timed as well, and the text of its parsers/ files is compared with the reference beside each. One JSON
// object a line; the lines with "met" hold a figure against its bar.
// Landing makes two files a document, so its speed is the file system's: ext4 leaves inodes alone for five minutes after
// they were freed and looks at each on its way, which makes a run soon after another slower (kernel_s tells).
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <gumbo.h>

#include "base/text.hpp"
#include "extensions/connectors/all.hpp"
#include "extensions/guardrails/all.hpp"
#include "extensions/parsers/all.hpp"
#include "features/approval/approval.hpp"
#include "features/audit/audit.hpp"
#include "features/curation/curation.hpp"
#include "features/ingestion/ingestion.hpp"
#include "features/policy/config.hpp"
#include "features/registry/registry.hpp"
#include "store/blobs/blob_store.hpp"
#include "store/vault/vault.hpp"
#include "store/writer.hpp"

namespace {

using namespace millwright;
using Steady = std::chrono::steady_clock;
namespace fs = std::filesystem;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

double peak_megabytes(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Of this process, children not counted.
struct CpuSeconds {
  double own = 0, kernel = 0;
};
CpuSeconds cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

template <class T>
T needed(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return std::move(*result);
}

fs::path corpus() {
  const char* folder = std::getenv("MILLWRIGHT_CORPUS");
  return folder != nullptr ? fs::path(folder) : fs::path(".millwright/corpus");
}

std::vector<ingestion::SourceConfig> sources() {
  const auto source = [](std::string name, const fs::path& path, std::vector<std::string> include) {
    ingestion::SourceConfig config;
    config.name = std::move(name);
    config.kind = "filesystem";
    config.path = fs::absolute(path).string();
    config.include = std::move(include);
    config.uses = {"retrieval"};
    config.acl.allow = {"everyone"};
    config.data_class = policy::DataClass::Internal;
    return config;
  };
  return {source("handbook", corpus() / "debian-handbook/usr/share/doc/debian-handbook/html/en-US", {"**/*.html"}),
          source("reference", corpus() / "debian-reference-en/usr/share/debian-reference", {"*.html", "*.pdf"}),
          source("runbooks", "examples/helpdesk/runbooks", {})};
}

/// Everything intake needs, in a directory of its own.
class Factory {
 public:
  Factory() : directory_(fs::temp_directory_path() / ("millwright-bench-" + Id::generate().text())) {
    fs::create_directories(directory_);
    database_ = needed(store::Database::open({.url = "sqlite:" + (directory_ / "bench.db").string()}));
    for (const auto migrations : {audit::migrations(), approval::migrations(), registry::migrations(), ingestion::migrations(), curation::migrations()}) {
      if (auto migrated = database_->migrate(migrations); !migrated) throw std::runtime_error(describe(migrated.error()));
    }
    writer_ = needed(store::Writer::start(*database_));
    blobs_ = needed(store::BlobStore::open("file:" + (directory_ / "blobs").string(), nullptr));
    vault_ = needed(store::Vault::open(std::string(32, 'k')));
    audit_ = needed(audit::Audit::open(*database_, *writer_, *vault_, system_clock(), {.data_directory = directory_}));
    inbox_ = needed(approval::Inbox::open(*database_, *writer_, *audit_, system_clock()));
    registry_ = needed(registry::Registry::open(*database_, *writer_, *blobs_, *audit_, system_clock()));
    guard_ = needed(policy::make_guard(config::Node(), extensions::all_guardrails()));
  }
  ~Factory() {
    curation_.reset();
    ingestion_.reset();
    registry_.reset();
    inbox_.reset();
    audit_.reset();
    writer_.reset();
    database_.reset();
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  Factory(const Factory&) = delete;
  Factory& operator=(const Factory&) = delete;

  ingestion::Ingestion& start(ingestion::ParserRunner& runner, std::vector<ingestion::SourceConfig> from) {
    ingestion_ = ingestion::make_ingestion({*database_, *writer_, *blobs_, *audit_, system_clock(), runner, extensions::make_connector});
    curation_ = curation::make_curation({*database_, *writer_, *audit_, *inbox_, *registry_, *ingestion_, [this] { return guard_; }, system_clock()});
    ingestion_->use_curation(curation_->curate_hook());
    ingestion_->replace_sources(std::move(from));
    return *ingestion_;
  }
  [[nodiscard]] const fs::path& directory() const { return directory_; }

 private:
  fs::path directory_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Writer> writer_;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<approval::Inbox> inbox_;
  std::unique_ptr<registry::Registry> registry_;
  std::shared_ptr<const policy::Guard> guard_;
  std::unique_ptr<ingestion::Ingestion> ingestion_;
  std::unique_ptr<curation::Curation> curation_;
};

/// Time of this thread on a core: what a neighbour on the machine does must not count.
double thread_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class... Values>
void print_line(fmt::format_string<Values...> format, Values&&... values) {
  std::cout << fmt::format(format, std::forward<Values>(values)...) << std::endl;
}

void print_bar(std::string_view bar, double value, bool is_met) {
  print_line(R"({{"benchmark":"ingest","bar":"{}","value":{:.0f},"met":{}}})", bar, value, is_met);
}

/// Rounds over all files for a second at least, on one core; files a second.
double measured_rate(const std::vector<std::string>& files, const std::function<void(const std::string&)>& work) {
  std::size_t count = 0;
  const double start = thread_seconds();
  do {
    for (const std::string& file : files) work(file);
    count += files.size();
  } while (thread_seconds() - start < 1);
  return static_cast<double>(count) / (thread_seconds() - start);
}

/// The floor under any HTML intake: build the page's tree.
double print_floor(const std::vector<std::string>& pages) {
  std::size_t bytes = 0;
  for (const std::string& page : pages) bytes += page.size();
  const double rate = measured_rate(pages, [](const std::string& page) {
    GumboOutput* tree = gumbo_parse_with_options(&kGumboDefaultOptions, page.data(), page.size());
    gumbo_destroy_output(&kGumboDefaultOptions, tree);
  });
  print_line(R"({{"benchmark":"ingest.floor","what":"gumbo alone, one core","pages":{},"megabytes":{:.1f},"pages_per_s":{:.0f}}})",
             pages.size(), static_cast<double>(bytes) / 1e6, rate);
  return rate;
}

void print_parsing(const std::vector<std::string>& pages, double floor) {
  const auto parsers = extensions::make_parsers();
  std::size_t blocks = 0;
  for (const std::string& page : pages) blocks += needed(ingestion::parse_document(parsers, "page.html", page, {})).blocks.size();
  const double rate = measured_rate(pages, [&](const std::string& page) {
    needed(ingestion::parse_document(parsers, "page.html", page, {}));
  });
  print_line(R"({{"benchmark":"ingest.parse","what":"HTML, one core","pages_per_s":{:.0f},"blocks":{},"of_gumbo_alone":{:.2f}}})",
             rate, blocks, rate / floor);
  print_bar("HTML parsed >= 500 pages/s a core", rate, rate >= 500);
}

/// Files that are refused are timed too.
void print_docx_parsing(const fs::path& data) {
  std::vector<std::string> files;
  std::size_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(data / "parsers" / "docx")) {
    if (entry.path().extension() == ".docx") bytes += files.emplace_back(read_file(entry.path())).size();
  }
  const auto parsers = extensions::make_parsers();
  const double rate = measured_rate(files, [&](const std::string& file) {
    static_cast<void>(ingestion::parse_document(parsers, "file.docx", file, {}));
  });
  print_line(R"({{"benchmark":"ingest.parse","what":"DOCX, one core","files":{},"megabytes":{:.1f},"files_per_s":{:.0f}}})",
             files.size(), static_cast<double>(bytes) / 1e6, rate);
}

/// Two syncs of all sources; documents a second of the first.
double print_intake(const char* name, ingestion::ParserRunner& runner, std::vector<ingestion::SourceConfig> from) {
  Factory factory;
  const std::vector<ingestion::SourceConfig> all = from;
  auto& ingestion = factory.start(runner, std::move(from));
  double first_rate = 0;
  for (const char* round : {"first", "again"}) {
    const auto start = Steady::now();
    const CpuSeconds before = cpu_seconds();
    std::int64_t listed = 0;
    std::map<std::string, std::int64_t> counts;
    for (const auto& source : all) {
      const auto report = needed(ingestion.sync(source.name, false, {}));
      if (!report.error.empty()) throw std::runtime_error(report.error);
      listed += report.listed;
      for (const auto& [verdict, count] : report.counts) counts[verdict] += count;
      const bool is_all_plain = std::ranges::all_of(report.counts, [](const auto& count) { return count.first == "indexed" || count.first == "unchanged"; });
      if (is_all_plain) continue;
      for (const auto& line : needed(ingestion.report_lines(report.id))) {
        const bool is_plain = line.verdict == ingestion::Verdict::Indexed || line.verdict == ingestion::Verdict::Unchanged;
        if (!is_plain) std::cerr << source.name << "/" << line.path << " " << ingestion::verdict_name(line.verdict) << ": " << line.reason << "\n";
      }
    }
    const double seconds = seconds_since(start);
    const double rate = static_cast<double>(listed) / seconds;
    const CpuSeconds after = cpu_seconds();
    if (first_rate == 0) first_rate = rate;
    std::string verdicts;
    for (const auto& [verdict, count] : counts) verdicts += fmt::format("{}\"{}\":{}", verdicts.empty() ? "" : ",", verdict, count);
    print_line(R"({{"benchmark":"ingest.{}","sync":"{}","documents":{},"seconds":{:.3f},"documents_per_s":{:.0f},"cpu_s":{:.2f},"kernel_s":{:.2f},"peak_mb":{:.0f},"verdicts":{{{}}}}})",
               name, round, listed, seconds, rate, after.own - before.own, after.kernel - before.kernel, peak_megabytes(RUSAGE_SELF),
               verdicts);
  }
  return first_rate;
}

/// Many small texts: what landing itself costs.
double print_landing(const char* name, ingestion::ParserRunner& runner, int documents) {
  const fs::path folder = fs::temp_directory_path() / ("millwright-bench-files-" + Id::generate().text());
  fs::create_directories(folder);
  for (int i = 0; i < documents; ++i) {
    std::ofstream(folder / fmt::format("{:06}.txt", i)) << "Note " << i << "\n\nThe printer in room " << i * 7 % 977 << " needs paper " << i << ".\n";
  }
  ingestion::SourceConfig source = sources().front();
  source.path = folder.string();
  source.include.clear();
  const double rate = print_intake(name, runner, {source});
  fs::remove_all(folder);
  return rate;
}

/// What waits is bounded whatever the size of a source; what a sync knows of each document is not, and is told here.
void print_landings(ingestion::ParserRunner& runner) {
  constexpr int fewer = 10'000, more = 20'000;
  const double rate = print_landing("landing", runner, fewer);
  print_bar("landed >= 2000 documents/s", rate, rate >= 2000);
  const double before = peak_megabytes(RUSAGE_SELF);
  print_landing("landing", runner, more);
  print_line(R"({{"benchmark":"ingest.memory","documents":{},"peak_mb":{:.0f},"kb_per_further_document":{:.2f}}})", more,
             peak_megabytes(RUSAGE_SELF), (peak_megabytes(RUSAGE_SELF) - before) * 1024 / (more - fewer));
}

std::map<std::string, int> words_of(std::string_view text) {
  std::map<std::string, int> words;
  std::string word;
  for (const char c : normalized_for_comparison(text) + " ") {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || byte >= 0x80) word += c;
    else if (!word.empty()) ++words[std::exchange(word, {})];
  }
  return words;
}

/// Share of words found and share of words wanted, against the reference beside each file.
void print_quality(const fs::path& data, const std::string& format) {
  const auto parsers = extensions::make_parsers();
  std::int64_t common = 0, found = 0, wanted = 0, files = 0, failed = 0;
  for (const auto& entry : fs::directory_iterator(data / "parsers" / format)) {
    if (entry.path().extension() != "." + format) continue;
    ++files;
    const auto document = ingestion::parse_document(parsers, entry.path().string(), read_file(entry.path()), {});
    if (!document) {
      ++failed;
      std::cerr << entry.path().filename().string() << ": " << document.error().message << "\n";
      continue;
    }
    std::string text;
    for (const auto& block : document->blocks) {
      if (!block.is_hidden) text += block.text + "\n";
    }
    const auto ours = words_of(text);
    const auto reference = words_of(read_file(entry.path().string() + ".md"));
    for (const auto& [word, count] : ours) found += count;
    for (const auto& [word, count] : reference) {
      wanted += count;
      if (const auto own = ours.find(word); own != ours.end()) common += std::min(count, own->second);
    }
  }
  std::cout << fmt::format(R"({{"benchmark":"ingest.quality","format":"{}","files":{},"failed":{},"word_precision":{:.3f},"word_recall":{:.3f}}})",
                           format, files, failed, static_cast<double>(common) / static_cast<double>(std::max<std::int64_t>(found, 1)),
                           static_cast<double>(common) / static_cast<double>(std::max<std::int64_t>(wanted, 1))) << std::endl;
}

/// First of all: a child counts what its parent held when it was started, so the parent must still be small.
void print_sandboxed() {
  const char* binary = std::getenv("MILLWRIGHT_BINARY");
  const std::string program = binary != nullptr ? binary : "build/release/millwright";
  if (!fs::exists(program)) {
    std::cerr << "no " << program << ": the sandboxed runs are left out\n";
    return;
  }
  {
    const auto sandboxed = ingestion::make_sandbox_runner({.program = fs::absolute(program).string()});
    print_intake("sandboxed", *sandboxed, sources());
  }
  print_line(R"({{"benchmark":"ingest.children","what":"largest parser child, or this process when it is larger","peak_mb":{:.0f},"self_peak_mb":{:.0f}}})",
             peak_megabytes(RUSAGE_CHILDREN), peak_megabytes(RUSAGE_SELF));
  const auto sandboxed = ingestion::make_sandbox_runner({.program = fs::absolute(program).string()});
  const double rate = print_landing("sandboxed_landing", *sandboxed, 10'000);
  print_bar("landed, parsed in sandboxed children >= 2000 documents/s", rate, rate >= 2000);
}

int run() {
  print_sandboxed();
  std::vector<std::string> pages;
  for (const auto& source : sources()) {
    for (const auto& entry : fs::recursive_directory_iterator(source.path)) {
      if (entry.path().extension() == ".html") pages.push_back(read_file(entry.path()));
    }
  }
  const double floor = print_floor(pages);
  print_parsing(pages, floor);
  const auto parsers = extensions::make_parsers();
  const auto in_process = ingestion::make_in_process_runner(parsers);
  print_intake("in_process", *in_process, sources());
  print_landings(*in_process);
  if (const char* data = std::getenv("MILLWRIGHT_DATA")) {
    print_docx_parsing(data);
    for (const char* format : {"html", "docx"}) print_quality(data, format);
  }
  return 0;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const std::exception& error) {
    std::cerr << "ingest: " << error.what() << "\n";
    return 1;
  }
}

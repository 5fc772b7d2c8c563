#include "extensions/parsers/docx_archive.hpp"

#include <algorithm>
#include <memory>

#include <archive.h>
#include <archive_entry.h>

#include "base/text.hpp"
#include "base/time.hpp"

namespace millwright::extensions {

namespace {

constexpr std::uint64_t ratio_matters_above = 4u << 20;
constexpr std::size_t read_bytes = 64 * 1024;

using Archive = std::unique_ptr<::archive, int (*)(::archive*)>;

std::unexpected<Error> bomb(std::string why) {
  Error error;
  error.code = ErrorCode::TooLarge;
  error.message = std::move(why);
  error.rule = "parse.expanded_bytes_max";
  return std::unexpected(std::move(error));
}

std::unexpected<Error> damaged(::archive* reader) {
  const char* text = archive_error_string(reader);
  return fail(ErrorCode::InvalidInput, "the container is damaged or cut off ({})",
              text == nullptr ? "unknown reason" : to_valid_utf8(text));
}

/// Reads one member, never more than what the container may still expand to.
Result<std::string> read_member(::archive* reader, std::uint64_t& left) {
  std::string out;
  for (;;) {
    const std::size_t before = out.size();
    out.resize(before + read_bytes);
    const la_ssize_t got = archive_read_data(reader, out.data() + before, read_bytes);
    if (got < 0) return damaged(reader);
    out.resize(before + static_cast<std::size_t>(got));
    if (got == 0) return out;
    if (static_cast<std::uint64_t>(got) > left) return bomb("the container expands beyond its limit");
    left -= static_cast<std::uint64_t>(got);
  }
}

}  // namespace

Result<ArchiveContent> read_archive(std::string_view bytes, const std::vector<std::string>& wanted,
                                    const ArchiveLimits& limits) {
  const Archive reader(archive_read_new(), archive_read_free);
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return damaged(reader.get());
  ArchiveContent content;
  std::uint64_t left = limits.expanded_bytes_max;
  std::uint64_t declared = 0;
  for (archive_entry* entry = nullptr;;) {
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return damaged(reader.get());
    if (archive_entry_is_encrypted(entry) != 0) return fail(ErrorCode::InvalidInput, "the container is encrypted");
    const char* name = archive_entry_pathname(entry);
    content.names.emplace_back(name == nullptr ? "" : name);
    if (content.names.size() > limits.members_max) {
      return bomb(fmt::format("the container has more than {} members", limits.members_max));
    }
    declared += static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0));
    if (declared > limits.expanded_bytes_max) {
      return bomb(fmt::format("the container expands to more than {}", render_size(limits.expanded_bytes_max)));
    }
    if (std::ranges::find(wanted, content.names.back()) == wanted.end()) continue;
    auto member = read_member(reader.get(), left);
    if (!member) return pass(member);
    if (!content.members.try_emplace(content.names.back(), std::move(*member)).second) {
      return fail(ErrorCode::InvalidInput, "the container has two members called {}", content.names.back());
    }
    const std::uint64_t expanded = limits.expanded_bytes_max - left;
    if (expanded > ratio_matters_above && expanded / std::max<std::size_t>(bytes.size(), 1) > limits.ratio_max) {
      return bomb(fmt::format("the container expands more than {} times its size", limits.ratio_max));
    }
  }
  if (content.names.empty()) return fail(ErrorCode::InvalidInput, "the container is empty or cut off");
  return content;
}

}  // namespace millwright::extensions

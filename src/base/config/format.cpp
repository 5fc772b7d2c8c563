#include "base/config/format.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/config/line_scanner.hpp"
#include "base/text.hpp"

namespace millwright::config {
namespace {

std::size_t indent_of(std::string_view line) {
  const auto at = line.find_first_not_of(' ');
  return at == std::string_view::npos ? line.size() : at;
}

bool is_dash(std::string_view text) { return text == "-" || text.starts_with("- "); }

struct Comment {
  std::size_t column = 0;
  std::string text;   // empty: an empty line
};

/// A block collection that is open: the column of its entries before and after.
struct Level {
  std::size_t before = 0, after = 0;
  bool is_list = false;
};

class Formatter {
 public:
  explicit Formatter(std::string_view text) {
    for (const auto line : split(text, '\n'))
      lines_.push_back(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  }

  std::string run() {
    while (at_ < lines_.size()) {
      const auto line = lines_[at_];
      const auto text = trimmed(line);
      if (text.empty() || text.front() == '#') {
        waiting_.push_back({indent_of(line), std::string(text)});
        ++at_;
      } else if (line.starts_with("---") || line.starts_with("...") || line.starts_with('%')) {
        flush_waiting({});
        out_ += std::string(text) + "\n";
        ++at_;
      } else {
        structural();
      }
    }
    while (!waiting_.empty() && waiting_.back().text.empty()) waiting_.pop_back();
    flush_waiting(levels_);
    return std::move(out_);
  }
  [[nodiscard]] const std::vector<std::string>& comments() const { return comments_; }

 private:
  /// Where an entry of the column `before` goes; opens and closes levels.
  std::size_t place(std::size_t before, bool is_list) {
    while (!levels_.empty() && levels_.back().before > before) levels_.pop_back();
    if (!levels_.empty() && levels_.back().before == before) {
      const Level top = levels_.back();
      if (is_list && !top.is_list) {
        levels_.push_back({before, top.after + 2, true});   // a list in the column of its key
      } else if (!is_list && top.is_list) {
        levels_.pop_back();
      }
      if (!levels_.empty() && levels_.back().before == before) return levels_.back().after;
    }
    levels_.push_back({before, levels_.empty() ? 0 : levels_.back().after + 2, is_list});
    return levels_.back().after;
  }

  /// Comments and empty lines before an entry. A comment that is deeper than what follows belongs to what was above.
  void flush_waiting(const std::vector<Level>& above, std::size_t before = 0, std::size_t after = 0) {
    for (const auto& comment : waiting_) {
      if (comment.text.empty()) {
        if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
        continue;
      }
      std::size_t column = after;
      if (comment.column > before) {
        for (const auto& level : above) {
          if (level.before <= comment.column) column = std::max(column, level.after);
        }
      }
      out_.append(column, ' ').append(comment.text) += '\n';
      comments_.push_back(comment.text);
    }
    waiting_.clear();
  }

  void structural() {
    const auto line = lines_[at_++];
    std::size_t before = indent_of(line);
    std::string_view text = line.substr(before);
    const auto above = levels_;
    std::size_t after = place(before, is_dash(text));
    flush_waiting(above, before, after);
    const auto delta = static_cast<std::ptrdiff_t>(after) - static_cast<std::ptrdiff_t>(before);
    out_.append(after, ' ');
    Level parent{before, after, true};   // of the value: what is deeper belongs to it
    while (is_dash(text)) {
      parent = {before, after, true};
      const auto inner = text.find_first_not_of(' ', 1);
      out_ += '-';
      if (inner == std::string_view::npos) break;
      out_ += ' ';
      text.remove_prefix(inner);
      before += inner;
      after += 2;
      if (text.front() != '#') levels_.push_back({before, after, is_dash(text)});
    }
    if (text == "-") {
      out_ += '\n';
      return;
    }
    LineScanner scanner;
    scanner.scan(text, out_);
    if (scanner.has_key()) parent = {before, after, false};
    end_line(scanner);
    continue_value(scanner, parent, delta);
  }

  void end_line(const LineScanner& scanner) {
    if (!scanner.comment().empty()) comments_.push_back(scanner.comment());
    out_ += '\n';
  }

  static std::size_t shifted(std::size_t column, std::ptrdiff_t delta) {
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(column) + delta));
  }

  void continue_value(LineScanner& scanner, const Level& parent, std::ptrdiff_t delta) {
    while (scanner.is_open() && at_ < lines_.size()) {
      const auto line = lines_[at_++];
      const auto indent = indent_of(line);
      if (indent == line.size()) {
        if (scanner.is_in_quotes()) out_ += '\n';
        continue;
      }
      out_.append(shifted(indent, delta), ' ');
      scanner.scan(line.substr(indent), out_);
      end_line(scanner);
    }
    const auto& value = scanner.value();
    if (value.starts_with('|') || value.starts_with('>')) {
      block_scalar(value, parent);
    } else if (!value.empty() && value.front() != '"' && value.front() != '\'' && value.front() != '{' &&
               value.front() != '[' && scanner.comment().empty()) {
      plain_continuation(parent, delta);
    }
  }

  /// Lines of a block keep their indent relative to its first one.
  void block_scalar(std::string_view header, const Level& parent) {
    const auto digit = header.find_first_of("123456789");
    const bool keeps_end = header.find('+') != std::string_view::npos;
    std::vector<std::string_view> lines;
    while (at_ < lines_.size()) {
      const auto line = lines_[at_];
      const bool is_blank = indent_of(line) == line.size();
      const bool is_outside = parent.before == 0 && levels_.empty() ? false : indent_of(line) <= parent.before;
      if (!is_blank && is_outside) break;
      lines.push_back(line);
      ++at_;
    }
    std::size_t blanks = 0;
    while (!keeps_end && !lines.empty() && indent_of(lines.back()) == lines.back().size()) {
      lines.pop_back();
      ++blanks;
    }
    const auto first = std::ranges::find_if(lines, [](std::string_view line) { return indent_of(line) < line.size(); });
    const std::size_t given = digit == std::string_view::npos ? 2 : static_cast<std::size_t>(header[digit] - '0');
    const std::size_t before = digit != std::string_view::npos ? parent.before + given
                               : first == lines.end()          ? parent.before + 2
                                                               : indent_of(*first);
    for (const auto line : lines) {
      if (line.size() > before) out_.append(parent.after + given, ' ').append(line.substr(before));
      out_ += '\n';
    }
    if (blanks > 0) waiting_.push_back({});
  }

  /// A text without quotes goes on in deeper lines; a comment ends it.
  void plain_continuation(const Level& parent, std::ptrdiff_t delta) {
    while (at_ < lines_.size()) {
      std::size_t next = at_;
      while (next < lines_.size() && trimmed(lines_[next]).empty()) ++next;
      if (next == lines_.size()) return;
      const auto indent = indent_of(lines_[next]);
      if (indent <= parent.before || lines_[next][indent] == '#') return;
      out_.append(next - at_, '\n');
      at_ = next + 1;
      std::string text(trimmed(lines_[next]));
      const auto hash = text.find(" #");
      out_.append(shifted(indent, delta), ' ').append(text) += '\n';
      if (hash == std::string::npos) continue;
      comments_.push_back(text.substr(hash + 1));
      return;
    }
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::vector<Level> levels_;
  std::vector<Comment> waiting_;
  std::vector<std::string> comments_;
  std::string out_;
};

/// Nothing but white space may move.
std::string without_spaces(std::string_view text) {
  std::string result;
  std::ranges::copy_if(text, std::back_inserter(result),
                       [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
  return result;
}

Faults refusal(const std::string& source) {
  Error error;
  error.code = ErrorCode::InvalidConfig;
  error.where.source = source;
  error.message = "the file is written in a way that cannot be laid out anew without risk, so it was left as it is";
  error.fix = "Write long texts as a block (\"key: |\") and brackets on one line, then format again.";
  return {std::move(error)};
}

}  // namespace

std::expected<std::string, Faults> format_yaml(std::string_view text, std::string source) {
  auto before = parse_yaml(text, source);
  if (!before) return std::unexpected(std::move(before.error()));
  Formatter first(text);
  std::string result = first.run();
  auto after = parse_yaml(result, source);
  Formatter second(result);
  const bool is_stable = second.run() == result;
  const bool is_same = after && after->render_yaml() == before->render_yaml() &&
                       without_spaces(result) == without_spaces(text);
  if (!is_same || !is_stable || first.comments() != second.comments()) return std::unexpected(refusal(source));
  return result;
}

}  // namespace millwright::config

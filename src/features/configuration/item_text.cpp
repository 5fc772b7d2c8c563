#include "features/configuration/item_text.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/configuration/configuration.hpp"

namespace millwright::configuration {
namespace {

using config::Node;

struct Span {
  std::size_t begin = 0, end = 0;
};

std::size_t line_begin(std::string_view text, std::uint32_t line) {
  std::size_t at = 0;
  for (std::uint32_t i = 1; i < line && at != std::string_view::npos; ++i) {
    at = text.find('\n', at);
    at = at == std::string_view::npos ? text.size() : at + 1;
  }
  return at;
}

std::size_t line_end(std::string_view text, std::size_t at) {
  const auto end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

/// Byte of a node; the reader's columns count bytes.
std::size_t begin_of(std::string_view text, const Where& where) {
  return std::min(line_begin(text, where.line) + (where.column == 0 ? 0 : where.column - 1), text.size());
}

/// The column of the dash before a block item; nothing when it stands in brackets.
std::optional<std::size_t> dash_column(std::string_view text, std::size_t item) {
  const auto begin = text.rfind('\n', item == 0 ? 0 : item - 1);
  const auto line = text.substr(begin == std::string_view::npos ? 0 : begin + 1);
  const auto before = line.substr(0, item - (begin == std::string_view::npos ? 0 : begin + 1));
  const auto dash = before.find_first_not_of(' ');
  if (dash == std::string_view::npos || before[dash] != '-' || !trimmed(before.substr(dash + 1)).empty())
    return std::nullopt;
  return dash;
}

/// From the dash to the last line that belongs to the item; comments and empty lines after it belong to what follows.
Span block_span(std::string_view text, std::size_t item, std::size_t dash) {
  const auto before = text.rfind('\n', item == 0 ? 0 : item - 1);
  Span span;
  span.begin = before == std::string_view::npos ? 0 : before + 1;
  span.end = line_end(text, item);
  for (std::size_t at = span.end; at < text.size(); at = line_end(text, at)) {
    const auto line = text.substr(at, line_end(text, at) - at);
    const auto content = trimmed(line);
    if (content.empty() || content.front() == '#') continue;
    if (line.find_first_not_of(' ') <= dash) break;
    span.end = at + line.size();
  }
  return span;
}

/// The bracket that closes the one at `at`; npos when the text ends before.
std::size_t closing_bracket(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    const bool begins_text = at > 0 && std::string_view(" {[,:").find(text[at - 1]) != std::string_view::npos;
    if ((c == '"' || c == '\'') && begins_text) {
      for (++at; at < text.size() && text[at] != c; ++at) at += c == '"' && text[at] == '\\' ? 1 : 0;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

/// The item and one comma beside it.
std::optional<Span> bracket_span(std::string_view text, std::size_t item) {
  const auto last = closing_bracket(text, item);
  if (last == std::string_view::npos) return std::nullopt;
  Span span{item, last + 1};
  const auto next = text.find_first_not_of(" \n", span.end);
  if (next != std::string_view::npos && text[next] == ',') {
    span.end = std::min(text.find_first_not_of(' ', next + 1), text.size());
    return span;
  }
  const auto before = text.find_last_not_of(" \n", item - 1);
  if (before != std::string_view::npos && text[before] == ',') span.begin = before;
  return span;
}

Result<Node> parse(const std::string& text, const std::string& source) {
  auto tree = config::parse_yaml(text, source);
  if (!tree) return std::unexpected(join_faults(tree.error()));
  return std::move(*tree);
}

/// YAML of an object as a list item whose dash stands in `column`.
std::string as_item(const std::string& yaml, std::size_t column) {
  std::string result;
  for (std::size_t at = 0; at < yaml.size(); at = line_end(yaml, at)) {
    const auto line = yaml.substr(at, line_end(yaml, at) - at);
    if (line != "\n") result.append(column, ' ').append(at == 0 ? "- " : "  ");
    result += line;
  }
  return result;
}

std::unexpected<Error> refuse_brackets(const std::string& source, std::string_view kind) {
  auto error = fail(ErrorCode::Conflict, "the section \"{}\" of {} is written in brackets", kind, source);
  error.error().rule = "configuration.layout";
  error.error().fix = "Write it with one \"- \" item a line, or name another file.";
  return error;
}

}  // namespace

Result<TakenItem> take_item(const std::string& text, const std::string& source, std::string_view kind,
                            std::string_view name) {
  auto tree = parse(text, source);
  if (!tree) return pass(tree);
  const auto items = (*tree)[kind].items();
  const auto item = std::ranges::find_if(items, [&](const Node& one) { return one["name"].text() == name; });
  if (item == items.end()) return fail(ErrorCode::NotFound, "{} has no {}/{}", source, kind, name);
  const auto begin = begin_of(text, item->where());
  const auto dash = dash_column(text, begin);
  const auto span = dash ? block_span(text, begin, *dash) : bracket_span(text, begin);
  if (!span) return refuse_brackets(source, kind);
  return TakenItem{item->render_yaml(), text.substr(0, span->begin) + text.substr(span->end)};
}

Result<std::string> add_item(const std::string& text, const std::string& source, std::string_view kind,
                             const std::string& yaml) {
  auto tree = parse(text, source);
  if (!tree) return pass(tree);
  std::string head = text;
  if (!head.empty() && !head.ends_with('\n')) head += '\n';
  const auto& members = tree->members();
  const auto section =
      std::ranges::find(members, kind, [](const auto& member) { return std::string_view(member.name); });
  if (section == members.end()) {
    return fmt::format("{}{}{}:\n{}", head, head.empty() ? "" : "\n", kind, as_item(yaml, 2));
  }
  const auto items = section->node.items();
  if (!items.empty()) {
    const auto begin = begin_of(head, items.back().where());
    const auto dash = dash_column(head, begin);
    if (!dash) return refuse_brackets(source, kind);
    return head.insert(block_span(head, begin, *dash).end, as_item(yaml, *dash));
  }
  for (std::size_t at = 0; at < head.size(); at = line_end(head, at)) {
    const auto end = line_end(head, at);
    const auto line = trimmed(std::string_view(head).substr(at, end - at));
    if (line == fmt::format("{}: []", kind))
      return head.replace(at, end - at, fmt::format("{}:\n{}", kind, as_item(yaml, 2)));
    if (line == fmt::format("{}:", kind)) return head.insert(end, as_item(yaml, 2));
  }
  return refuse_brackets(source, kind);
}

}  // namespace millwright::configuration

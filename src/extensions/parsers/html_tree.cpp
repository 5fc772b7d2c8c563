#include "extensions/parsers/html_tree.hpp"

#include <cctype>
#include <cstdlib>
#include <vector>

#include "base/text.hpp"

namespace millwright::extensions {

namespace {

constexpr std::size_t tags_max = 1'000'000;
constexpr std::size_t arena_chunk_bytes = 256 * 1024;

/// Elements that never stay open, or that the next of their kind closes.
bool is_self_closing(std::string_view name) {
  static constexpr std::array<std::string_view, 34> names{
      "a",    "area",  "base",   "br",     "button", "col",  "colgroup", "dd",  "dt",    "embed", "head", "hr",
      "html", "img",   "input",  "li",     "link",   "meta", "nobr",     "optgroup", "option", "p",  "param", "rp",
      "rt",   "script", "source", "tbody", "td",     "tfoot", "th",      "thead", "tr",    "wbr"};
  return std::ranges::find(names, name) != names.end();
}

/// Where the tag that starts at `at` ends: quoted attribute values may hold '>'.
std::size_t end_of_tag(std::string_view html, std::size_t at) {
  char quote = '\0';
  for (std::size_t i = at; i < html.size(); ++i) {
    const char c = html[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if ((c == '"' || c == '\'') && i > at && (html[i - 1] == '=' || html[i - 1] == ' ')) {
      quote = c;
    } else if (c == '>') {
      return i;
    }
  }
  return html.size();
}

/// Memory for one tree: handed out from chunks, freed together. The library gives no way to fail, so running out of
/// memory ends the process: parsing happens in a child of its own.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (void* chunk : chunks_) std::free(chunk);
  }

  void* take(std::size_t bytes) {
    bytes = (bytes + 15) & ~std::size_t{15};
    if (bytes > arena_chunk_bytes / 4) return chunk(bytes);
    if (left_ < bytes) {
      next_ = static_cast<char*>(chunk(arena_chunk_bytes));
      left_ = arena_chunk_bytes;
    }
    char* given = next_;
    next_ += bytes;
    left_ -= bytes;
    return given;
  }

 private:
  void* chunk(std::size_t bytes) {
    void* memory = std::malloc(bytes);
    ensure(memory != nullptr, "out of memory while parsing HTML");
    chunks_.push_back(memory);
    return memory;
  }

  std::vector<void*> chunks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace

Result<void> check_nesting(std::string_view html, std::size_t depth_max) {
  std::size_t depth = 0;
  std::size_t tags = 0;
  for (std::size_t at = html.find('<'); at < html.size(); at = html.find('<', at)) {
    ++at;
    const bool is_end = at < html.size() && html[at] == '/';
    const std::size_t start = is_end ? at + 1 : at;
    std::size_t end = start;
    while (end < html.size() && std::isalnum(static_cast<unsigned char>(html[end])) != 0) ++end;
    if (end == start) continue;
    if (++tags > tags_max) return fail(ErrorCode::TooLarge, "the page has more than {} tags", tags_max);
    const std::string name = to_lower_ascii(html.substr(start, std::min<std::size_t>(end - start, 32)));
    const std::size_t close = end_of_tag(html, end);
    if (!is_self_closing(name)) {
      if (!is_end) ++depth;
      else if (depth > 0) --depth;
      if (depth > depth_max) {
        auto refused = fail(ErrorCode::TooLarge, "elements are nested more than {} deep", depth_max);
        refused.error().rule = "parse.depth_max";
        refused.error().where.byte = at - 1;
        return refused;
      }
    }
    // An unclosed quote would hide the rest of the page: go on behind the name then.
    at = close == html.size() ? end : close;
  }
  return {};
}

struct HtmlTree::State {
  std::string html;   // the tree points into it
  Arena arena;
  GumboOutput* output = nullptr;
};

HtmlTree::HtmlTree(std::unique_ptr<State> state) : state_(std::move(state)) {}
HtmlTree::HtmlTree(HtmlTree&&) noexcept = default;
HtmlTree& HtmlTree::operator=(HtmlTree&&) noexcept = default;
HtmlTree::~HtmlTree() = default;

Result<HtmlTree> HtmlTree::parse(std::string_view html, const ingestion::ParseLimits& limits) {
  if (auto checked = check_nesting(html, limits.depth_max); !checked) return pass(checked);
  auto state = std::make_unique<State>();
  state->html = std::string(html);
  GumboOptions options = kGumboDefaultOptions;
  options.userdata = &state->arena;
  options.allocator = [](void* arena, std::size_t bytes) { return static_cast<Arena*>(arena)->take(bytes); };
  options.deallocator = [](void*, void*) {};
  options.max_errors = 0;
  state->output = gumbo_parse_with_options(&options, state->html.data(), state->html.size());
  if (state->output == nullptr || state->output->root == nullptr) {
    return fail(ErrorCode::InvalidInput, "the page cannot be read as HTML");
  }
  return HtmlTree(std::move(state));
}

const GumboNode& HtmlTree::root() const { return *state_->output->root; }

std::string_view attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? std::string_view() : std::string_view(found->value);
}

bool has_attribute(const GumboElement& element, const char* name) {
  return gumbo_get_attribute(&element.attributes, name) != nullptr;
}

Children children(const GumboNode& node) {
  if (node.type != GUMBO_NODE_ELEMENT && node.type != GUMBO_NODE_TEMPLATE) return Children({});
  const GumboVector& list = node.v.element.children;
  return Children({list.data, list.length});
}

bool is_element(const GumboNode& node, GumboTag tag) {
  return node.type == GUMBO_NODE_ELEMENT && node.v.element.tag == tag;
}

const GumboNode* find_element(const GumboNode& node, GumboTag tag, std::size_t depth_max) {
  if (is_element(node, tag)) return &node;
  if (depth_max == 0) return nullptr;
  for (const GumboNode* child : children(node)) {
    if (const GumboNode* found = find_element(*child, tag, depth_max - 1)) return found;
  }
  return nullptr;
}

std::string inner_text(const GumboNode& node, std::size_t depth_max) {
  if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE || node.type == GUMBO_NODE_CDATA) {
    return node.v.text.text;
  }
  std::string out;
  if (depth_max == 0) return out;
  for (const GumboNode* child : children(node)) out += inner_text(*child, depth_max - 1);
  return out;
}

}  // namespace millwright::extensions

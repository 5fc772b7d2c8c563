// parse_yaml: yaml-cpp reads the syntax, event by event; what a configuration must not contain is refused here, with its
// place. All faults are collected; only broken syntax and exceeded limits end the reading early. Files of other products
// may be larger and may repeat themselves with anchors (parse_foreign_yaml).
#include <map>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/config/foreign_yaml.hpp"
#include "base/config/node.hpp"
#include "base/config/paths.hpp"
#include "base/text.hpp"

namespace millwright::config {
namespace {

constexpr std::size_t depth_max = 32;
constexpr std::size_t faults_max = 100;

struct YamlForm {
  std::size_t bytes_max = 4u << 20;
  std::size_t values_max = 100'000;
  bool may_repeat = false;   // anchors, aliases and merge keys
};
constexpr YamlForm foreign_form{64u << 20, 2'000'000, true};

/// Ends the reading; the reason is already among the faults.
struct StopReading {};

Where place(const std::string& source, const YAML::Mark& mark) {
  Where where;
  where.source = source;
  where.line = mark.line >= 0 ? static_cast<std::uint32_t>(mark.line) + 1 : 0;
  where.column = mark.line >= 0 && mark.column >= 0 ? static_cast<std::uint32_t>(mark.column) + 1 : 0;
  return where;
}

Where place_of_byte(const std::string& source, std::string_view text, std::size_t byte) {
  Where where;
  where.source = source;
  where.line = 1;
  where.column = 1;
  for (std::size_t i = 0; i < byte; ++i) {
    const bool continues_character = (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
    where.column = text[i] == '\n' ? 1 : where.column + (continues_character ? 0 : 1);
    where.line += text[i] == '\n' ? 1 : 0;
  }
  return where;
}

Error fault_at(Where where, std::string message, std::string fix = {}) {
  Error error;
  error.code = ErrorCode::InvalidConfig;
  error.message = std::move(message);
  error.where = std::move(where);
  error.fix = std::move(fix);
  return error;
}

/// Bytes that no text file holds, and that the YAML library would take for something else.
std::optional<Error> find_bad_bytes(std::string_view text, const std::string& source, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return fault_at(place_of_byte(source, text, 0), fmt::format("the file has {} bytes, more than the {} allowed", text.size(),
                                                    render_size(bytes_max)));
  }
  if (const auto bad = first_invalid_utf8(text)) {
    return fault_at(place_of_byte(source, text, *bad), "the file is not valid UTF-8",
                    "Save it in the encoding UTF-8.");
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f) {
      return fault_at(place_of_byte(source, text, i), fmt::format("control character 0x{:02x}", byte),
                      "Remove it, or write it as an escape in a double-quoted text.");
    }
  }
  return std::nullopt;
}

}  // namespace

namespace {

/// Whether the quoted text that begins at `at` ends within the file: yaml-cpp takes the end of a file that ends with a
/// line break for a closing quote. True where no quote stands.
bool is_quote_closed(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != '\'' && text[at] != '"')) return true;
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool is_doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!is_doubled) return true;
      ++i;
    }
  }
  return false;
}

}  // namespace

/// Builds the tree from the parser's events.
class Reader final : public YAML::EventHandler {
 public:
  /// `text` is what is read, and outlives the reader.
  Reader(std::string source, std::string_view text, YamlForm form)
      : source_(std::move(source)), text_(text), form_(form) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) stop(mark, "a second YAML document begins", "Put it into a file of its own below conf.d.");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (is_at_key()) {
      add_fault(mark, "a key must be a name");
      begin_value({}, mark);
      return;
    }
    place_anchored(make_node(mark, Node::Shape::Null), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchored_.find(anchor);
    if (known != anchored_.end() && !is_at_key()) {
      count_values(known->second, mark);
      place_node(known->second);
      return;
    }
    if (!form_.may_repeat) {
      add_fault(mark, "YAML aliases (*name) are not allowed", "Write the value out.");
    } else {
      add_fault(mark, "a YAML alias (*name) of a value that holds it, or in the place of a key", "Write the value out.");
    }
    skip_or_place(mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    refuse_text(mark, value);
    if (tag == "!" && !is_quote_closed(text_, static_cast<std::size_t>(mark.pos))) {
      add_fault(mark, "the quote that opens here is never closed", "Close it with the same quote.");
    }
    if (is_at_key()) {
      begin_key(value, mark);
      return;
    }
    Node node = make_node(mark, Node::Shape::Scalar);
    node.text_ = value;
    node.is_quoted_ = tag == "!";
    place_anchored(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Shape::List);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Shape::Map);
  }
  void OnMapEnd() override { close(); }

  void add_fault(const YAML::Mark& mark, std::string message, std::string fix = {}) {
    faults_.push_back(fault_at(place(source_, mark), std::move(message), std::move(fix)));
    if (faults_.size() >= faults_max) throw StopReading();
  }
  [[nodiscard]] Faults& faults() { return faults_; }
  [[nodiscard]] Node take_root() {
    set_paths(root_);
    return std::move(root_);
  }

 private:
  /// A list or map that is being read.
  struct Open {
    Node node;
    bool expects_key = false;                    // of a map: a key comes next
    bool is_key = false;                         // stands where a key belongs: thrown away
    YAML::anchor_t anchor = 0;
    std::optional<std::string> key;              // of the value that comes next; nothing when the key was refused
    YAML::Mark key_mark;
    std::map<std::string, std::uint32_t, std::less<>> lines;   // of the keys so far
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message, std::string fix = {}) {
    add_fault(mark, std::move(message), std::move(fix));
    throw StopReading();
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0 && !form_.may_repeat) add_fault(mark, "YAML anchors (&name) are not allowed", "Write the value out where it is needed.");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") add_fault(mark, "YAML tags (!name) are not allowed");
  }

  /// Escapes can make what the file itself must not hold ("\0", "\ud800"; the library gives "\N" as one bare byte).
  void refuse_text(const YAML::Mark& mark, const std::string& value) {
    if (first_invalid_utf8(value)) add_fault(mark, "an escape that gives no valid character", "Write the character itself.");
    if (value.find('\0') != std::string::npos) add_fault(mark, "a text must not hold the character 0");
  }

  [[nodiscard]] bool is_at_key() const {
    return !open_.empty() && open_.back().node.shape_ == Node::Shape::Map && open_.back().expects_key;
  }
  void begin_value(std::optional<std::string> key, const YAML::Mark& mark) {
    open_.back().expects_key = false;
    open_.back().key = std::move(key);
    open_.back().key_mark = mark;
  }
  void begin_key(const std::string& name, const YAML::Mark& mark) {
    const auto line = place(source_, mark).line;
    const auto [known, is_new] = open_.back().lines.try_emplace(name, line);
    if (!is_new) add_fault(mark, fmt::format("the key \"{}\" is already in line {}", name, known->second));
    begin_value(is_new ? std::optional(name) : std::nullopt, mark);
  }
  void skip_or_place(const YAML::Mark& mark) {
    if (is_at_key()) {
      begin_value({}, mark);
    } else {
      place_node(make_node(mark, Node::Shape::Null));
    }
  }

  void count_value(const YAML::Mark& mark) {
    if (++values_ > form_.values_max) stop(mark, fmt::format("the file has more than {} values", form_.values_max));
  }
  /// Repeated values count each time: a small file could otherwise name itself a large one.
  void count_values(const Node& node, const YAML::Mark& mark) {
    count_value(mark);
    for (const auto& item : node.items_) count_values(item, mark);
    for (const auto& member : node.members_) count_values(member.node, mark);
  }

  Node make_node(const YAML::Mark& mark, Node::Shape shape) {
    count_value(mark);
    Node node;
    node.shape_ = shape;
    node.where_ = place(source_, mark);
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Shape shape) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (open_.size() >= depth_max) stop(mark, fmt::format("the file is nested deeper than {} levels", depth_max));
    Open next;
    next.node = make_node(mark, shape);
    next.expects_key = shape == Node::Shape::Map;
    next.is_key = is_at_key();
    next.anchor = anchor;
    if (next.is_key) add_fault(mark, "a key must be a name, not a list or a map");
    open_.push_back(std::move(next));
  }
  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.is_key) {
      begin_value({}, done.key_mark);
    } else {
      if (form_.may_repeat) merge_keys(done.node);
      place_anchored(std::move(done.node), done.anchor);
    }
  }
  void place_anchored(Node node, YAML::anchor_t anchor) {
    if (anchor != 0 && form_.may_repeat) anchored_.insert_or_assign(anchor, node);
    place_node(std::move(node));
  }
  /// `<<: *base`: what the map does not say itself, it says as the base does; of several bases the first one counts.
  static void merge_keys(Node& map) {
    const auto is_merge = [](const NodeMember& member) { return member.name == "<<"; };
    const auto found = std::ranges::find_if(map.members_, is_merge);
    if (found == map.members_.end()) return;
    const auto is_map = [](const Node& node) { return node.shape_ == Node::Shape::Map; };
    const auto& value = found->node;
    if (!is_map(value) && (value.items_.empty() || !std::ranges::all_of(value.items_, is_map))) return;
    const Node bases = std::move(found->node);
    map.members_.erase(found);
    const auto add = [&map](const Node& base) {
      for (const auto& member : base.members_) {
        const auto has_name = [&member](const NodeMember& own) { return own.name == member.name; };
        if (std::ranges::none_of(map.members_, has_name)) map.members_.push_back(member);
      }
    };
    add(bases);
    for (const auto& base : bases.items_) add(base);
  }
  void place_node(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.shape_ == Node::Shape::List) {
      parent.node.items_.push_back(std::move(node));
      return;
    }
    parent.expects_key = true;
    if (!parent.key) return;
    const auto where = place(source_, parent.key_mark);
    node.key_line_ = where.line;
    node.key_column_ = where.column;
    parent.node.members_.emplace_back(std::move(*parent.key), std::move(node));
  }

  std::string source_;
  std::string_view text_;
  YamlForm form_;
  std::map<YAML::anchor_t, Node> anchored_;
  std::vector<Open> open_;
  Node root_;
  Faults faults_;
  std::size_t values_ = 0;
  int documents_ = 0;
};

namespace {

std::expected<Node, Faults> parse(std::string_view text, const std::string& source, YamlForm form) {
  if (auto bad = find_bad_bytes(text, source, form.bytes_max)) return std::unexpected(Faults{std::move(*bad)});
  Reader reader(source, text, form);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(reader)) {
    }
  } catch (const StopReading&) {
    // The reason is among the faults.
  } catch (const YAML::Exception& broken) {
    reader.faults().push_back(fault_at(place(source, broken.mark), "not YAML: " + broken.msg));
  }
  if (!reader.faults().empty()) {
    sort_by_position(reader.faults());
    return std::unexpected(std::move(reader.faults()));
  }
  return reader.take_root();
}

}  // namespace

std::expected<Node, Faults> parse_yaml(std::string_view text, std::string source) {
  return parse(text, source, YamlForm());
}

std::expected<Node, Faults> parse_foreign_yaml(std::string_view text, std::string source) {
  return parse(text, source, foreign_form);
}

}  // namespace millwright::config

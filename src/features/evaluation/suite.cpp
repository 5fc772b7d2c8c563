// Reads a suite file: a name and labelled questions, each with what is expected of its answer.
#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.hpp"
#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation {
namespace {

using config::Node;
using Shape = Node::Shape;

constexpr std::size_t cases_max = 5'000;
constexpr std::size_t depth_max = 8;
constexpr std::array<std::string_view, 3> known_tags{"quality", "safety", "operations"};

/// Walks the tree and gathers every fault, so that people mend the file in one go.
class SuiteReader {
 public:
  explicit SuiteReader(const Graders* graders) : graders_(graders) {
    if (graders_ == nullptr) return;
    for (const auto& grader : *graders_) names_.push_back(grader->name());
  }

  Suite read(const Node& root) {
    Suite suite;
    check_keys(root, std::to_array<std::string_view>({"name", "description", "cases"}));
    suite.name = load_text(root, "name");
    const Node& cases = root["cases"];
    if (cases.shape() != Shape::List || cases.items().empty()) {
      fault(cases.is_set() ? cases : root, "\"cases\" must be a list with at least one case");
    } else if (cases.items().size() > cases_max) {
      fault(cases, fmt::format("a suite has at most {} cases", cases_max));
    } else {
      for (const Node& node : cases.items()) suite.cases.push_back(read_case(node, suite.cases.size() + 1));
    }
    suite.text = root.render_yaml();
    suite.digest = sha256(suite.text);
    return suite;
  }
  config::Faults take_faults() { return std::move(faults_); }

 private:
  void fault(const Node& node, std::string message, std::string fix = {}) {
    faults_.push_back(node.error(std::move(message), std::move(fix)));
  }

  void check_keys(const Node& node, std::span<const std::string_view> known) {
    if (node.shape() != Shape::Map) return fault(node, "must be an object");
    for (const auto& [key, value] : node.members()) {
      if (std::ranges::find(known, key) != known.end()) continue;
      fault(value, fmt::format("unknown key \"{}\"", key), hint(key, known));
    }
  }
  static std::string hint(std::string_view name, std::span<const std::string_view> known) {
    const auto nearest = nearest_name(name, known);
    if (nearest) return fmt::format("did you mean \"{}\"?", *nearest);
    std::string all;
    for (std::string_view one : known) all += (all.empty() ? "" : ", ") + std::string(one);
    return "known: " + all;
  }

  std::string load_text(const Node& parent, std::string_view key) {
    const Node& node = parent[key];
    if (node.shape() == Shape::Scalar && !trimmed(node.text()).empty()) return node.text();
    fault(node.is_set() ? node : parent, fmt::format("\"{}\" must be a text that is not empty", key));
    return {};
  }
  std::string find_text(const Node& parent, std::string_view key) {
    const Node& node = parent[key];
    if (!node.is_set()) return {};
    if (node.shape() != Shape::Scalar) fault(node, fmt::format("\"{}\" must be a text", key));
    return node.text();
  }
  std::vector<std::string> find_texts(const Node& parent, std::string_view key) {
    std::vector<std::string> texts;
    const Node& node = parent[key];
    if (!node.is_set()) return texts;
    if (node.shape() != Shape::List) fault(node, fmt::format("\"{}\" must be a list of texts", key));
    for (const Node& item : node.items()) {
      if (item.shape() == Shape::Scalar) texts.push_back(item.text());
      else fault(item, fmt::format("\"{}\" must hold texts only", key));
    }
    return texts;
  }

  Case read_case(const Node& node, std::size_t number) {
    Case one;
    check_keys(node, std::to_array<std::string_view>({"id", "question", "cluster", "reader", "tags", "expect"}));
    if (node.shape() != Shape::Map) return one;
    one.id = find_text(node, "id");
    if (one.id.empty()) one.id = fmt::format("case-{}", number);
    if (!ids_.insert(one.id).second) fault(node["id"], fmt::format("the id \"{}\" is used twice", one.id));
    one.question = load_text(node, "question");
    one.cluster = find_text(node, "cluster");
    if (one.cluster.empty()) one.cluster = one.id;
    if (const Node& reader = node["reader"]; reader.is_set()) {
      check_keys(reader, std::to_array<std::string_view>({"user", "groups"}));
      one.reader = {find_text(reader, "user"), find_texts(reader, "groups")};
    }
    one.tags = find_texts(node, "tags");
    for (std::size_t i = 0; i < one.tags.size(); ++i) {
      if (std::ranges::find(known_tags, one.tags[i]) != known_tags.end()) continue;
      fault(node["tags"].items()[i], fmt::format("unknown tag \"{}\"", one.tags[i]), hint(one.tags[i], known_tags));
    }
    if (one.tags.empty()) one.tags.emplace_back("quality");
    read_expectations(node, one);
    return one;
  }

  void read_expectations(const Node& node, Case& one) {
    const Node& expect = node["expect"];
    if (expect.shape() != Shape::List || expect.items().empty()) {
      return fault(expect.is_set() ? expect : node, "\"expect\" must be a list with at least one check");
    }
    for (const Node& item : expect.items()) {
      if (item.shape() != Shape::Map || item.members().size() != 1) {
        fault(item, "a check is one name with its argument, as in {contains_any: [\"apt install\"]}");
        continue;
      }
      const auto& [name, argument] = item.members().front();
      Expectation expectation{name, to_value(argument, 0)};
      check_grader(item, argument, expectation);
      one.expect.push_back(std::move(expectation));
    }
  }
  void check_grader(const Node& item, const Node& argument, const Expectation& expectation) {
    if (graders_ == nullptr) return;
    const auto found = std::ranges::find(*graders_, expectation.grader, [](const auto& one) { return one->name(); });
    if (found == graders_->end()) {
      return fault(item, fmt::format("there is no check named \"{}\"", expectation.grader),
                   hint(expectation.grader, names_));
    }
    const auto checked = (*found)->check_argument(expectation.argument);
    if (!checked) fault(argument, checked.error().message, checked.error().fix);
  }

  json::value to_value(const Node& node, std::size_t depth) {
    if (depth > depth_max) {
      fault(node, "nested too deeply");
      return nullptr;
    }
    switch (node.shape()) {
      case Shape::Absent:
      case Shape::Null: return nullptr;
      case Shape::Scalar: return scalar(node.text());
      case Shape::List: {
        json::array array;
        for (const Node& item : node.items()) array.push_back(to_value(item, depth + 1));
        return array;
      }
      case Shape::Map: {
        json::object object;
        for (const auto& [key, value] : node.members()) object[key] = to_value(value, depth + 1);
        return object;
      }
    }
    return nullptr;
  }
  /// Whole numbers and booleans are such; checks that want texts take them as they were written.
  static json::value scalar(const std::string& text) {
    if (text == "true") return true;
    if (text == "false") return false;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_canonical = error == std::errc() && end == text.data() + text.size() && std::to_string(number) == text;
    if (is_canonical) return number;
    return json::value(text);
  }

  const Graders* graders_;
  std::vector<std::string_view> names_;
  std::set<std::string> ids_;
  config::Faults faults_;
};

}  // namespace

std::expected<Suite, config::Faults> parse_suite(std::string_view text, std::string source, const Graders* graders) {
  auto tree = config::parse_yaml(text, std::move(source));
  if (!tree) return std::unexpected(std::move(tree.error()));
  SuiteReader reader(graders);
  Suite suite = reader.read(*tree);
  config::Faults faults = reader.take_faults();
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return suite;
}

}  // namespace millwright::evaluation

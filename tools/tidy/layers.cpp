// The direction of includes: app → api, extensions → features → store → io → base, and features by rank.
#include <algorithm>
#include <array>

#include "tree.hpp"

namespace tidy {
namespace {

struct Layer {
  std::string_view name;
  std::string_view allowed;   // other layers it may include, each between spaces
};
constexpr std::array layers{
    Layer{"base", " "},
    Layer{"io", " base "},
    Layer{"store", " base io "},
    Layer{"features", " base io store "},
    Layer{"extensions", " base io store features "},
    Layer{"api", " base io store features "},
    Layer{"cli", " base io store features api "},
    Layer{"app", " base io store features extensions api cli "},
};

/// Headers by which a feature declares what others plug into it or fill in: part of its face.
constexpr std::array seams{std::string_view("connector.hpp"), std::string_view("parser.hpp"),
                           std::string_view("provider.hpp"),  std::string_view("guardrail.hpp"),
                           std::string_view("grader.hpp"),    std::string_view("exporter.hpp"),
                           std::string_view("chat.hpp"),      std::string_view("trace.hpp")};

std::string part(std::string_view path, std::size_t index) {
  for (; index > 0; --index) {
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
  return std::string(path.substr(0, path.find('/')));
}

const Layer* find_layer(std::string_view name) {
  const auto found = std::ranges::find(layers, name, &Layer::name);
  return found == layers.end() ? nullptr : &*found;
}

bool is_face(const std::string& feature, std::string_view header) {
  if (header == feature + ".hpp" || header == "config.hpp" || header == feature + "_sql.hpp") return true;
  return std::ranges::find(seams, header) != seams.end();
}

int rank_of(const Tree& tree, const std::string& feature) {
  const auto found = tree.ranks.find(feature);
  return found == tree.ranks.end() ? 0 : found->second;
}

void check_feature_include(const Tree& tree, const File& file, const Include& include, Findings& findings) {
  const auto target = part(include.path, 1);
  const auto header = include.path.substr(include.path.rfind('/') + 1);
  const auto own = file.is_below("src/features/") ? part(file.path, 2) : std::string();
  if (own == target) return;
  if (!own.empty() && rank_of(tree, target) >= rank_of(tree, own)) {
    findings.push_back({file.path, include.line, "feature-rank",
                        own + " ranks below " + target + ": move the code up, or let " + target + " depend on " + own});
  }
  // The composition root alone knows what is behind the faces.
  if (!is_face(target, header) && !file.is_below("src/app/")) {
    findings.push_back({file.path, include.line, "feature-face",
                        "include features/" + target + "/" + target + ".hpp, and add there what is missing"});
  }
}

void check_file(const Tree& tree, const File& file, Findings& findings) {
  const Layer* layer = find_layer(part(file.path, 1));
  for (const auto& include : file.includes) {
    if (include.path.starts_with("../") || include.path.starts_with("./")) {
      findings.push_back({file.path, include.line, "include-path", "include by the full path from src/"});
      continue;
    }
    const bool is_beast = include.path.starts_with("boost/beast");
    if (is_beast && !file.is_below("src/io/http/")) {
      findings.push_back({file.path, include.line, "beast", "only src/io/http includes Beast: use io/http/client.hpp or server.hpp"});
    }
    const auto target = part(include.path, 0);
    if (!include.is_quoted || find_layer(target) == nullptr || layer == nullptr) continue;
    if (target != layer->name && layer->allowed.find(" " + target + " ") == std::string_view::npos) {
      findings.push_back({file.path, include.line, "layer",
                          std::string(layer->name) + " must not know " + target + ": pass it in from above, or move it down"});
      continue;
    }
    if (target == "features") check_feature_include(tree, file, include, findings);
  }
}

}  // namespace

void check_layers(const Tree& tree, Findings& findings) {
  for (const auto& file : tree.files) {
    if (file.is_cpp() && file.is_below("src/")) check_file(tree, file, findings);
  }
}

}  // namespace tidy

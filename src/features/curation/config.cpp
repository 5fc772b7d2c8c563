// The `datasets` section of the configuration.
#include "base/text.hpp"
#include "features/curation/curation.hpp"
#include "features/curation/selection.hpp"

namespace millwright::curation {

using config::Kind;
using config::option;

config::Section datasets_section() {
  config::Spec dataset = config::object(
      "An owned, approved, versioned selection of documents.",
      {{"name", option(Kind::Name, "Name of the dataset.").required()},
       {"owner", option(Kind::Text, "Team that answers for it.").required()},
       {"sources", config::list_of("Sources it draws from.", option(Kind::Text, "Name of a source.")).required()},
       {"approval", config::choice("Whether a person must approve each new version.", {"required", "none"}).fallback("required")},
       {"retention", option(Kind::Duration, "How long content that is no longer current is kept; unset: for good.").nullable()},
       {"include", config::list_of("Rules of which a document must meet one; empty: all documents.",
                                   option(Kind::Text, "tag:…, class:…, path:…, source:… or title:…, with globs."))},
       {"exclude", config::list_of("Rules that leave a document out.", option(Kind::Text, "As in include."))}});
  return {"datasets", config::list_of("Datasets.", std::move(dataset))};
}

Result<std::vector<DatasetConfig>> parse_datasets(const config::Node& datasets) {
  std::vector<DatasetConfig> out;
  for (const config::Node& node : datasets.items()) {
    DatasetConfig dataset;
    dataset.name = node["name"].text();
    dataset.owner = node["owner"].text();
    dataset.sources = node["sources"].texts();
    dataset.needs_approval = node["approval"].text() != "none";
    if (node["retention"].is_set()) dataset.retention = node["retention"].duration();
    dataset.include = node["include"].texts();
    dataset.exclude = node["exclude"].texts();
    for (const auto* rules : {&dataset.include, &dataset.exclude}) {
      for (const std::string& rule : *rules) {
        if (!is_rule(rule)) {
          return std::unexpected(node.error(fmt::format("\"{}\" is no rule", rule),
                                            "write tag:, class:, path:, source: or title: and a glob"));
        }
      }
    }
    out.push_back(std::move(dataset));
  }
  return out;
}

}  // namespace millwright::curation

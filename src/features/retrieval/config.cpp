// The `indexes` section of the configuration.
#include "features/retrieval/retrieval.hpp"

namespace millwright::retrieval {

config::Section indexes_section() {
  using config::Kind, config::option;
  config::Spec chunk = config::object(
      "How documents are cut.",
      {{"words", option(Kind::Integer, "Most words of a chunk.").fallback("150").between(30, 1'000)}});
  config::Spec index = config::object(
      "A searchable index, built from the newest approved version of a dataset.",
      {{"name", option(Kind::Name, "Name of the index.").required()},
       {"dataset", option(Kind::Name, "Dataset it is built from.").required()},
       {"chunk", std::move(chunk)}});
  return {"indexes", config::list_of("Indexes that use cases search.", std::move(index))};
}

Result<std::vector<IndexConfig>> parse_indexes(const config::Node& indexes) {
  std::vector<IndexConfig> parsed;
  for (const config::Node& node : indexes.items()) {
    IndexConfig index{.name = node["name"].text(), .dataset = node["dataset"].text()};
    if (const config::Node& words = node["chunk"]["words"]; words.is_set()) index.chunk_words = words.integer();
    parsed.push_back(std::move(index));
  }
  return parsed;
}

}  // namespace millwright::retrieval

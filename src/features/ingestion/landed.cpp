#include "features/ingestion/landed.hpp"

#include "base/text.hpp"

namespace millwright::ingestion {

namespace {
/// Part of every settings name: raise it when parsers or curation read documents differently.
constexpr std::string_view treatment_version = "1";
}  // namespace

Digest text_digest(const ParsedDocument& document) {
  Sha256 digest;
  for (const Block& block : document.blocks) {
    if (block.is_hidden) continue;
    digest.update(collapsed_whitespace(normalized_for_comparison(block.text)));
    digest.update("\n");
  }
  return digest.finish();
}

std::string settings_name(const SourceConfig& source, std::string_view curation_version) {
  std::string text = fmt::format("{}|{}|{}|{}|{}|{}|", treatment_version, policy::class_name(source.data_class),
                                 join(source.uses, ","), source.stale_after.count(), source.contract.bytes_max,
                                 source.contract.bytes_min);
  text += join(source.contract.types, ",") + "|" + join(source.contract.languages, ",") + "|";
  text += curation_version;
  return sha256(text).short_text();
}

}  // namespace millwright::ingestion

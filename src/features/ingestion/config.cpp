#include "features/ingestion/config.hpp"

#include <filesystem>

#include "base/text.hpp"

namespace millwright::ingestion {

namespace {

using config::Kind;
using config::option;

config::Spec acl_spec(std::string description) {
  return config::object(std::move(description),
                        {{"allow", config::list_of("Principals who may read: everyone, group:NAME, user:NAME.",
                                                   option(Kind::Text, "A principal."))},
                         {"deny", config::list_of("Principals who may not, whatever allow says.",
                                                  option(Kind::Text, "A principal."))}});
}

config::Spec contract_spec() {
  return config::object(
      "Rules an item must meet to be landed.",
      {{"bytes_max", option(Kind::Size, "Largest file taken.").fallback("64MiB").between(1, 2'000'000'000)},
       {"bytes_min", option(Kind::Size, "Smallest file taken.").fallback("1").between(0, 1 << 20)},
       {"types", config::list_of("Kinds of documents allowed (html, markdown, text, pdf, docx); empty: all.",
                                 option(Kind::Text, "Name of a parser."))},
       {"languages", config::list_of("Languages allowed where a document declares one; empty: all.",
                                     option(Kind::Text, "BCP 47 language, such as en."))},
       {"documents_min", option(Kind::Integer, "A listing shorter than this fails the sync.").fallback("0").between(0, 1'000'000'000)},
       {"deleted_percent_max",
        option(Kind::Integer, "A sync that would delete more than this share stops and asks, in percent.").fallback("50").between(0, 100)}});
}

bool is_principal(std::string_view text) {
  if (text == "everyone") return true;
  return (text.starts_with("group:") && text.size() > 6) || (text.starts_with("user:") && text.size() > 5);
}

Result<Acl> parse_acl(const config::Node& node) {
  Acl acl{node["allow"].texts(), node["deny"].texts()};
  for (const auto* list : {&acl.allow, &acl.deny}) {
    for (const std::string& principal : *list) {
      if (is_principal(principal)) continue;
      return std::unexpected(node.error(fmt::format("\"{}\" is no principal", principal),
                                        "write everyone, group:NAME or user:NAME"));
    }
  }
  return acl;
}

Result<SourceConfig> parse_source(const config::Node& node) {
  SourceConfig source;
  source.name = node["name"].text();
  source.kind = node["kind"].text();
  source.path = std::filesystem::path(node["path"].text()).lexically_normal().string();
  source.include = node["include"].texts();
  source.exclude = node["exclude"].texts();
  source.data_class = policy::find_class(node["class"].text()).value_or(policy::DataClass::Confidential);
  source.uses = node["use"].texts();
  source.every = node["every"].duration();
  source.stale_after = node["stale_after"].is_set() ? node["stale_after"].duration() : Duration(0);
  source.owner = node["owner"].text();
  auto acl = parse_acl(node["acl"]);
  if (!acl) return pass(acl);
  source.acl = std::move(*acl);
  for (const config::Node& rule : node["acl_rules"].items()) {
    auto own = parse_acl(rule["acl"]);
    if (!own) return pass(own);
    source.acl_rules.push_back({rule["path"].text(), std::move(*own)});
  }
  const config::Node& contract = node["contract"];
  if (!contract.is_set()) return source;
  source.contract.bytes_max = contract["bytes_max"].size();
  source.contract.bytes_min = contract["bytes_min"].size();
  source.contract.types = contract["types"].texts();
  source.contract.languages = contract["languages"].texts();
  source.contract.documents_min = contract["documents_min"].integer();
  source.contract.deleted_percent_max = static_cast<int>(contract["deleted_percent_max"].integer());
  return source;
}

}  // namespace

config::Section sources_section() {
  config::Spec source = config::object(
      "Where documents come from.",
      {{"name", option(Kind::Name, "Name of the source.").required()},
       {"kind", config::choice("Kind of the source.", {"filesystem"}).required()},
       {"path", option(Kind::Text, "Folder to read; relative paths start at the folder of the main configuration file.").required()},
       {"include", config::list_of("Globs below the path; empty: every file.", option(Kind::Text, "Glob such as **/*.html."))},
       {"exclude", config::list_of("Globs left out.", option(Kind::Text, "Glob."))},
       {"class", config::choice("Least data class of its documents; detectors may raise it.",
                                {"public", "internal", "confidential", "restricted"}).fallback("confidential")},
       {"use", config::list_of("What its documents may be used for; empty: off limits.",
                               config::choice("A use.", {"retrieval", "fine_tuning"}))},
       {"acl", acl_spec("Who may read its documents; nobody when left out.")},
       {"acl_rules", config::list_of("Permissions by path; the first match replaces acl.",
                                     config::object("One rule.", {{"path", option(Kind::Text, "Glob.").required()},
                                                                  {"acl", acl_spec("Who may read these.").required()}}))},
       {"every", option(Kind::Duration, "Longest time between two looks at the source.").fallback("5m").between(1'000, 86'400'000)},
       {"stale_after", option(Kind::Duration, "Age at which a document counts as stale; unset: never.").nullable()},
       {"owner", option(Kind::Text, "Team that answers for the source.")},
       {"contract", contract_spec()}});
  return {"sources", config::list_of("Sources of documents.", std::move(source))};
}

Result<std::vector<SourceConfig>> parse_sources(const config::Node& sources) {
  std::vector<SourceConfig> out;
  for (const config::Node& node : sources.items()) {
    auto source = parse_source(node);
    if (!source) return pass(source);
    out.push_back(std::move(*source));
  }
  return out;
}

}  // namespace millwright::ingestion

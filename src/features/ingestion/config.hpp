// The `sources` section of the configuration.
#pragma once

#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "features/ingestion/connector.hpp"
#include "features/policy/policy.hpp"

namespace millwright::ingestion {

/// Rules an item must meet to be landed; what breaks one is quarantined or rejected, never passed silently.
struct Contract {
  std::uint64_t bytes_max = 64u << 20;
  std::uint64_t bytes_min = 1;
  std::vector<std::string> types;            // parser names allowed; empty: all
  std::vector<std::string> languages;        // allowed, when the document declares one; empty: all
  std::int64_t documents_min = 0;            // a listing shorter than this fails the sync
  int deleted_percent_max = 50;              // a sync that would delete more stops and asks
};

struct SourceConfig {
  std::string name, kind, path;              // kind: "filesystem"; the host makes relative paths absolute
  std::vector<std::string> include, exclude; // globs below path
  policy::DataClass data_class = policy::DataClass::Confidential;
  std::vector<std::string> uses;             // "retrieval", "fine_tuning"; empty: off limits
  Acl acl;
  struct AclRule {                           // per path: the first match replaces the source's acl
    std::string path;
    Acl acl;
  };
  std::vector<AclRule> acl_rules;
  Duration every{300'000};
  Duration stale_after{0};                   // 0: never
  std::string owner;
  Contract contract;
};

[[nodiscard]] config::Section sources_section();
/// `sources` must have been validated against the section.
[[nodiscard]] Result<std::vector<SourceConfig>> parse_sources(const config::Node& sources);

}  // namespace millwright::ingestion

// What a dataset version changes against the one before, in numbers and for people.
#pragma once

#include <string>
#include <vector>

#include "features/curation/curation.hpp"

namespace millwright::curation {

/// A member with what a person recognises it by.
struct NamedMember {
  Member member;
  std::string name;      // "handbook/ch01.html"
};

struct Changes {
  std::int64_t added = 0, changed = 0, removed = 0;
  std::string text;      // one line a document, at most 50 of a kind, then a count
};
/// Both lists in order of document id.
[[nodiscard]] Changes compare_members(const std::vector<NamedMember>& before, const std::vector<NamedMember>& now);

/// The artifact's bytes: canonical JSON, members in order of document id. The same members give the same bytes.
[[nodiscard]] std::string render_members(std::string_view dataset, const std::vector<NamedMember>& members);
[[nodiscard]] Result<std::vector<NamedMember>> parse_members(std::string_view bytes);

}  // namespace millwright::curation

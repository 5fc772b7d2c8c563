#include "features/curation/change_log.hpp"

#include "base/json.hpp"

namespace millwright::curation {

namespace {

constexpr std::int64_t lines_of_a_kind_max = 50;
constexpr JsonLimits members_limits{.bytes_max = 512u << 20, .depth_max = 8};

void add_line(std::string& text, std::int64_t& count, char sign, const std::string& name) {
  if (++count <= lines_of_a_kind_max) text += fmt::format("{} {}\n", sign, name);
}

void add_rest(std::string& text, std::int64_t count, std::string_view word) {
  if (count > lines_of_a_kind_max) text += fmt::format("… and {} more {}\n", count - lines_of_a_kind_max, word);
}

}  // namespace

Changes compare_members(const std::vector<NamedMember>& before, const std::vector<NamedMember>& now) {
  Changes out;
  std::string added, changed, removed;
  auto old = before.begin();
  auto current = now.begin();
  while (old != before.end() || current != now.end()) {
    if (old == before.end() || (current != now.end() && current->member.document < old->member.document)) {
      add_line(added, out.added, '+', (current++)->name);
    } else if (current == now.end() || old->member.document < current->member.document) {
      add_line(removed, out.removed, '-', (old++)->name);
    } else {
      const bool is_same = old->member.version == current->member.version && old->member.parsed == current->member.parsed;
      if (!is_same) add_line(changed, out.changed, '~', current->name);
      ++old, ++current;
    }
  }
  add_rest(added, out.added, "added");
  add_rest(changed, out.changed, "changed");
  add_rest(removed, out.removed, "removed");
  out.text = fmt::format("{} added, {} changed, {} removed\n", out.added, out.changed, out.removed) + added + changed + removed;
  return out;
}

std::string render_members(std::string_view dataset, const std::vector<NamedMember>& members) {
  json::array list;
  list.reserve(members.size());
  for (const NamedMember& named : members) {
    list.push_back(json::object{{"document", named.member.document.text()},
                                {"name", named.name},
                                {"parsed", named.member.parsed.text()},
                                {"version", named.member.version}});
  }
  return json::serialize(json::object{{"dataset", dataset}, {"members", std::move(list)}});
}

Result<std::vector<NamedMember>> parse_members(std::string_view bytes) {
  auto object = parse_json_object(bytes, members_limits);
  if (!object) return pass(object);
  const json::value* list = find_member(*object, "members");
  if (list == nullptr || !list->is_array()) return fail(ErrorCode::Corrupt, "a dataset version has no members");
  std::vector<NamedMember> out;
  for (const json::value& entry : list->get_array()) {
    if (!entry.is_object()) return fail(ErrorCode::Corrupt, "a member of a dataset version is damaged");
    const json::object& fields = entry.get_object();
    const auto document = Id::parse(string_member(fields, "document"));
    const auto parsed = Digest::parse(string_member(fields, "parsed"));
    const auto version = load_integer(fields, "version");
    if (!document || !parsed || !version) return fail(ErrorCode::Corrupt, "a member of a dataset version is damaged");
    out.push_back({{*document, *version, *parsed}, std::string(string_member(fields, "name"))});
  }
  return out;
}

}  // namespace millwright::curation

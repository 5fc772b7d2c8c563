// What LiteLLM's database says of keys, teams, people and budgets.
#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "cli/litellm/amounts.hpp"
#include "cli/litellm/draft.hpp"

namespace millwright::cli::litellm {

namespace {

using config::Node;

enum class RowKind : std::uint8_t { Key, Team, User, Budget, Unknown };

RowKind kind_of(const Node& row) {
  if (row["token"].is_set() || row["key_name"].is_set() || row["key_alias"].is_set()) return RowKind::Key;
  if (row["team_id"].is_set() && !row["user_role"].is_set()) return RowKind::Team;
  if (row["user_id"].is_set()) return RowKind::User;
  if (row["budget_id"].is_set()) return RowKind::Budget;
  return RowKind::Unknown;
}

class ExportReader {
 public:
  explicit ExportReader(Draft& draft) : draft_(draft) {}

  void run(const std::vector<Node>& exports) {
    for (const auto& tree : exports) collect(tree);
    for (const auto* team : teams_) read_team(*team);
    for (const auto* key : keys_) read_key(*key);
    for (const auto* user : users_) {
      draft_.account.leave((*user)["user_email"], "people are added when they sign in; keys name them");
      draft_.leave_rest(*user, "user");
    }
    for (const auto* budget : budgets_) draft_.leave_rest(*budget, "budget");
  }

 private:
  void collect(const Node& node) {
    for (const auto& item : node.items()) {
      if (item.shape() == Node::Shape::Map) {
        collect_row(item);
      } else if (item.shape() == Node::Shape::Scalar) {
        draft_.account.leave(item, "a digest of a key says nothing of what the key may do",
                             "Export with /key/list?return_full_object=true, or the table itself.");
      } else {
        collect(item);
      }
    }
    if (node.shape() != Node::Shape::Map) return;
    if (kind_of(node) != RowKind::Unknown) return collect_row(node);
    for (const auto& [name, member] : node.members()) {
      if (member.shape() == Node::Shape::Scalar || member.shape() == Node::Shape::Null) {
        draft_.account.leave(member, "it counts the pages of the export");
      } else {
        collect(member);
      }
    }
  }

  void collect_row(const Node& row) {
    switch (kind_of(row)) {
      case RowKind::Key: keys_.push_back(&row); break;
      case RowKind::Team:
        teams_.push_back(&row);
        collect_below(row);
        break;
      case RowKind::User:
        users_.push_back(&row);
        collect_below(row);
        break;
      case RowKind::Budget: budgets_.push_back(&row); break;
      case RowKind::Unknown: draft_.account.leave(row, "it is no row of keys, teams, users or budgets"); break;
    }
  }
  /// /team/info and /user/info list the keys inside.
  void collect_below(const Node& row) {
    for (const auto& item : row["keys"].items()) {
      if (item.shape() == Node::Shape::Map) collect_row(item);
    }
  }

  /// What a row says itself, or the budget that it names.
  const Node& limit_of(const Node& row, std::string_view name) const {
    if (row[name].is_set()) return row[name];
    if (row["litellm_budget_table"][name].is_set()) return row["litellm_budget_table"][name];
    if (row["budget_id"].is_set()) {
      for (const auto* budget : budgets_) {
        if ((*budget)["budget_id"].text() == row["budget_id"].text()) return (*budget)[name];
      }
    }
    return row[name];
  }

  void read_team(const Node& row) {
    const auto& alias = row["team_alias"];
    const auto& id = row["team_id"];
    const auto wanted = alias.is_set() && !alias.text().empty() ? alias.text() : id.text();
    const auto name =
        object_name(wanted) == draft_.options.owner ? draft_.options.owner : draft_.unique_name("teams", wanted);
    team_names_[id.text()] = name;
    const auto path = fmt::format("teams[{}]", name);
    draft_.account.take(id, path);
    json::object team{{"name", name}};
    if (alias.is_set()) {
      draft_.account.take(alias, path + ".name");
      if (alias.text() != name) team["description"] = utf8_prefix(alias.text(), 1'000);
    }
    add_members(row, path, team);
    add_budget(row, path, team);
    add_limits(row, "team", name);
    leave_block(row, "team", "teams are not blocked; their keys are", "Revoke or do not create the keys of this team.");
    if (std::ranges::none_of(draft_.teams, [&](const json::value& known) {
          return string_member(known.get_object(), "name") == name;
        })) {
      draft_.teams.emplace_back(std::move(team));
    }
    draft_.leave_rest(row, "team");
  }

  void add_members(const Node& row, const std::string& path, json::object& team) {
    json::array members;
    const auto add = [&](const Node& node) {
      const auto& user = node.text();
      if (user.empty() || user.size() > 63 || std::ranges::find(members, json::value(user)) != members.end()) return;
      members.emplace_back(user);
      draft_.account.take(node, path + ".members");
    };
    for (const auto& member : row["members_with_roles"].items()) {
      add(member["user_id"].is_set() ? member["user_id"] : member["user_email"]);
      draft_.account.leave(member["role"], "roles are given to people, not in teams", "Give the role to the person.");
      draft_.account.leave(member, "the user id says it");
    }
    for (const auto& member : row["members"].items()) add(member);
    if (!members.empty()) team["members"] = std::move(members);
  }

  void add_budget(const Node& row, const std::string& path, json::object& team) {
    const auto& limit = limit_of(row, "max_budget");
    if (!limit.is_set()) return;
    const auto& duration = limit_of(row, "budget_duration");
    const auto period = budget_period(duration);
    const auto amount = period ? scaled_money(limit.text(), period->factor) : std::nullopt;
    if (!amount) return draft_.account.leave(limit, "it is not an amount with a period", "Set the budget of the team.");
    team["budget"] = json::object{{"limit", *amount}, {"per", period->per}};
    draft_.account.take(limit, path + ".budget.limit");
    if (period->factor == 1) {
      draft_.account.take(duration, path + ".budget.per");
    } else {
      draft_.account.change(duration, path + ".budget.per", "the amount is put down to a month of 30 days");
    }
  }

  void add_limits(const Node& row, std::string_view scope, const std::string& name) {
    for (const auto& [source, option, unit] :
         {std::tuple("rpm_limit", "requests", " per minute"), std::tuple("tpm_limit", "tokens", " per minute"),
          std::tuple("max_parallel_requests", "concurrent", "")}) {
      const auto& node = limit_of(row, source);
      const auto number = whole_number(node);
      if (!number || *number <= 0) continue;
      if (draft_.add_limit(scope, name, option, fmt::format("{}{}", *number, unit))) {
        draft_.account.take(node, fmt::format("limits[{} {}].{}", scope, name, option));
      } else {
        draft_.account.leave(node, fmt::format("there are no limits by {}", scope), "Give the keys limits.");
      }
    }
  }

  void leave_block(const Node& row, std::string_view, std::string_view why, std::string_view advice) {
    const auto& blocked = row["blocked"];
    if (!blocked.is_set()) return;
    if (is_true(blocked.text()))
      draft_.account.leave(blocked, why, advice);
    else
      draft_.account.take(blocked, "it is not blocked");
  }

  void read_key(const Node& row) {
    const auto& alias = row["key_alias"];
    if (is_true(row["blocked"].text()) || has_expired(row["expires"])) {
      draft_.account.leave(row, "the key was blocked or has expired: it is not made anew");
      return;
    }
    PlannedKey key;
    key.old_name = row["key_name"].text();
    const auto wanted =
        alias.is_set() && !alias.text().empty() ? alias.text() : fmt::format("key-{}", draft_.keys.size() + 1);
    key.name = draft_.unique_name("keys", wanted);
    draft_.account.take(alias, fmt::format("keys[{}].name", key.name));
    draft_.account.leave(row["token"], "LiteLLM stores a digest of the key, from which the key cannot be had",
                         "Give its holder the new key.");
    draft_.account.take(row["blocked"], "it is not blocked");
    read_owner(row, key);
    read_money(row, key);
    read_rates(row, key);
    plan(row, key);
    draft_.leave_rest(row, "key");
  }

  static bool has_expired(const Node& expires) {
    if (!expires.is_set()) return false;
    const auto time = parse_time(expires.text());
    return time && *time < system_clock().now();
  }

  void read_owner(const Node& row, PlannedKey& key) {
    if (const auto& user = row["user_id"]; user.is_set() && !user.text().empty()) {
      key.user = user.text();
      draft_.account.take(user, fmt::format("keys[{}].user", key.name));
    }
    if (const auto& team = row["team_id"]; team.is_set() && !team.text().empty()) {
      const auto known = team_names_.find(team.text());
      if (known != team_names_.end()) {
        key.team = known->second;
        draft_.account.take(team, fmt::format("keys[{}].team", key.name));
      } else {
        draft_.account.leave(team, "the team is not in the export",
                             "Export the teams too (--keys may be given several times).");
      }
    }
    if (const auto& expires = row["expires"]; expires.is_set()) {
      key.expires = expires.text();
      draft_.account.take(expires, fmt::format("keys[{}].expires", key.name));
    }
  }

  void read_money(const Node& row, PlannedKey& key) {
    const auto& limit = limit_of(row, "max_budget");
    if (!limit.is_set()) return;
    const auto target = fmt::format("keys[{}].budget", key.name);
    const auto& duration = limit_of(row, "budget_duration");
    const auto length = duration.is_set() ? seconds(duration.text()) : std::nullopt;
    const bool is_month = length && *length >= 28 * 86'400.0 && *length <= 31 * 86'400.0;
    const double factor = !length || is_month ? 1 : 30 * 86'400.0 / *length;
    const auto amount = scaled_money(limit.text(), factor);
    if (!amount) return draft_.account.leave(limit, "it is not an amount", "Give the key a budget.");
    key.budget = *amount;
    if (is_month) {
      draft_.account.take(limit, target);
      draft_.account.take(duration, target);
    } else {
      const std::string_view how = length ? "a key's budget is by month: the amount is put down to 30 days"
                                          : "a key's budget is by month: the amount held for the whole life of the key";
      draft_.account.change(limit, target, how, "Review the budget of the key.");
      draft_.account.change(duration, target, how);
      key.notes.emplace_back(how);
    }
  }

  void read_rates(const Node& row, PlannedKey& key) {
    for (const auto& [source, member] :
         {std::pair("rpm_limit", &PlannedKey::rpm), std::pair("tpm_limit", &PlannedKey::tpm)}) {
      const auto& node = limit_of(row, source);
      const auto number = whole_number(node);
      if (!number || *number <= 0) continue;
      key.*member = fmt::format("{}", *number);
      draft_.account.take(node, fmt::format("keys[{}].{}", key.name, std::string_view(source).substr(0, 3)));
    }
    const auto& parallel = limit_of(row, "max_parallel_requests");
    const auto number = whole_number(parallel);
    if (!number || *number <= 0) return;
    if (draft_.add_limit("key", key.name, "concurrent", fmt::format("{}", *number))) {
      draft_.account.take(parallel, fmt::format("limits[key {}].concurrent", key.name));
    } else {
      draft_.account.leave(parallel, "keys have no limit on parallel calls", "Limit its requests a minute.");
    }
  }

  /// One key for each model group that the old one could call: a key without a use case could call all of them.
  void plan(const Node& row, const PlannedKey& key) {
    std::vector<std::string> use_cases;
    const auto& models = row["models"];
    bool may_all = models.items().empty();
    for (const auto& node : models.items()) {
      const auto& name = node.text();
      const auto* group = draft_.find_group(name);
      if (name == "all-proxy-models" || name == "*" || name == "all-team-models") {
        may_all = true;
        draft_.account.take(node, fmt::format("keys[{}]", key.name));
      } else if (group != nullptr) {
        use_cases.push_back(group->name);
        draft_.account.take(node, fmt::format("keys[{}].use_case", key.name));
      } else {
        draft_.account.leave(node, "there is no use case for that model", "Make one, then make a key for it.");
      }
    }
    if (models.items().empty()) draft_.account.take(models, fmt::format("keys[{}]: every use case", key.name));
    if (may_all) return draft_.keys.push_back(key);
    if (use_cases.empty()) {
      draft_.account.leave(row["key_name"], "none of its models has a counterpart: no key is planned");
      return;
    }
    for (const auto& use_case : use_cases) {
      auto one = key;
      one.use_case = use_case;
      if (use_cases.size() > 1) {
        one.name = draft_.unique_name("keys", fmt::format("{}-{}", key.name, use_case));
        one.notes.emplace_back(
            "the old key could call several models; a key here is bound to one use case or to none, so there is one "
            "for each, each with the whole budget");
      }
      draft_.keys.push_back(std::move(one));
    }
    if (use_cases.size() > 1) {
      draft_.account.change(models, fmt::format("keys[{}-…].use_case", key.name),
                            "one key for each use case, each with the whole budget", "Divide the budget.");
    }
  }

  Draft& draft_;
  std::vector<const Node*> keys_, teams_, users_, budgets_;
  std::map<std::string, std::string> team_names_;
};

}  // namespace

void read_exports(Draft& draft, const std::vector<config::Node>& exports) { ExportReader(draft).run(exports); }

}  // namespace millwright::cli::litellm

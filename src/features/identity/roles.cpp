// Names of roles, and what a principal may do.
#include <algorithm>
#include <array>

#include "features/identity/identity.hpp"
#include "features/identity/identity_sql.hpp"

namespace millwright::identity {
namespace {

constexpr std::array role_names{std::string_view("viewer"), std::string_view("approver"), std::string_view("owner"),
                                std::string_view("admin")};

}  // namespace

std::string_view role_name(Role role) { return role_names[static_cast<std::size_t>(role)]; }

std::optional<Role> find_role(std::string_view name) {
  for (std::size_t i = 0; i < role_names.size(); ++i) {
    if (role_names[i] == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

bool Principal::may_use_model(std::string_view model) const {
  return std::ranges::find(models, model) != models.end();
}

bool csrf_matches(const SignedIn& signed_in, std::string_view sent) {
  return !signed_in.csrf_token.empty() && equal_in_constant_time(signed_in.csrf_token, sent);
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::identity

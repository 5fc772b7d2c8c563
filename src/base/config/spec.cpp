#include "base/config/spec.hpp"

namespace millwright::config {

Spec option(Kind kind, std::string description) {
  Spec spec;
  spec.kind = kind;
  spec.description = std::move(description);
  return spec;
}

Spec choice(std::string description, std::vector<std::string> choices) {
  Spec spec = option(Kind::Choice, std::move(description));
  spec.choices = std::move(choices);
  return spec;
}

Spec object(std::string description, std::vector<SpecMember> members) {
  Spec spec = option(Kind::Object, std::move(description));
  spec.members = std::move(members);
  return spec;
}

Spec list_of(std::string description, Spec item) {
  Spec spec = option(Kind::List, std::move(description));
  spec.item.push_back(std::move(item));
  return spec;
}

Spec map_of(std::string description, Spec item) {
  Spec spec = option(Kind::Map, std::move(description));
  spec.item.push_back(std::move(item));
  return spec;
}

}  // namespace millwright::config

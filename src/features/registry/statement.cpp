#include "features/registry/statement.hpp"

#include "base/canonical_json.hpp"
#include "base/text.hpp"

namespace millwright::registry {
namespace {

constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";
constexpr std::string_view predicate_type = "https://model_signing/signature/v1.0";
constexpr std::size_t resources_max = 100'000;

Result<void> check_name(std::string_view name) {
  const auto parts = split(name, '/');
  const bool leaves = std::ranges::any_of(parts, [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
  if (leaves || name.find('\0') != std::string_view::npos || name.find('\\') != std::string_view::npos ||
      first_invalid_utf8(name)) {
    return fail(ErrorCode::InvalidInput, "\"{}\" cannot be the name of a signed resource", to_valid_utf8(name));
  }
  return {};
}

json::object serialization() {
  return {{"method", "files"}, {"hash_type", "sha256"}, {"allow_symlinks", false}, {"ignore_paths", json::array{}}};
}

std::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::Corrupt, "the signed statement is malformed: {}", why);
}

Result<std::vector<Resource>> parse_resources(const json::object& predicate) {
  const json::value* list = find_member(predicate, "resources");
  if (list == nullptr || !list->is_array()) return malformed("it lists no resources");
  std::vector<Resource> resources;
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) return malformed("a resource is no object");
    const std::string_view name = string_member(item.get_object(), "name");
    auto digest = Digest::parse(string_member(item.get_object(), "digest"));
    if (string_member(item.get_object(), "algorithm") != "sha256" || !digest) {
      return malformed(fmt::format("resource \"{}\" has no SHA-256 digest", name));
    }
    resources.push_back({.name = std::string(name), .digest = *digest});
  }
  auto sorted = ordered(resources);
  if (!sorted) return malformed(sorted.error().message);
  const bool is_same_order = std::ranges::equal(*sorted, resources, {}, &Resource::name, &Resource::name);
  if (!is_same_order) return malformed("its resources are not sorted");
  return sorted;
}

}  // namespace

Result<std::vector<Resource>> ordered(std::vector<Resource> resources) {
  if (resources.empty()) return fail(ErrorCode::InvalidInput, "there is nothing to sign: no resources");
  if (resources.size() > resources_max) return fail(ErrorCode::TooLarge, "a signature covers over 100,000 resources");
  for (const Resource& resource : resources) {
    auto valid = check_name(resource.name);
    if (!valid) return pass(valid);
  }
  std::ranges::sort(resources, {}, &Resource::name);
  const auto twice = std::ranges::adjacent_find(resources, {}, &Resource::name);
  if (twice != resources.end()) return fail(ErrorCode::InvalidInput, "resource \"{}\" is named twice", twice->name);
  return resources;
}

Digest root_digest(const std::vector<Resource>& resources) {
  Sha256 hash;
  for (const Resource& resource : resources) {
    hash.update({reinterpret_cast<const char*>(resource.digest.bytes.data()), resource.digest.bytes.size()});
  }
  return hash.finish();
}

Result<std::string> render_statement(std::string_view subject, const std::vector<Resource>& resources,
                                     const json::object& extra) {
  if (subject.empty() || first_invalid_utf8(subject)) {
    return fail(ErrorCode::InvalidInput, "a signature needs the name of its subject");
  }
  json::array list;
  for (const Resource& resource : resources) {
    list.push_back({{"name", resource.name}, {"algorithm", "sha256"}, {"digest", resource.digest.text()}});
  }
  json::object predicate = extra;
  for (const char* reserved : {"resources", "serialization"}) {
    if (predicate.contains(reserved)) {
      return fail(ErrorCode::InvalidInput, "\"{}\" belongs to the format of signatures", reserved);
    }
  }
  predicate["resources"] = std::move(list);
  predicate["serialization"] = serialization();
  return render_canonical_json(json::object{
      {"_type", statement_type},
      {"subject", json::array{json::object{{"name", subject},
                                           {"digest", {{"sha256", root_digest(resources).text()}}}}}},
      {"predicateType", predicate_type},
      {"predicate", std::move(predicate)}});
}

Result<VerifiedBundle> parse_statement(std::string_view text) {
  auto statement = parse_json_object(text);
  if (!statement) return malformed(statement.error().message);
  if (string_member(*statement, "_type") != statement_type) return malformed("it is no in-toto statement");
  if (string_member(*statement, "predicateType") != predicate_type) return malformed("it signs something else");
  const json::value* subjects = find_member(*statement, "subject");
  const json::value* predicate = find_member(*statement, "predicate");
  if (predicate == nullptr || !predicate->is_object()) return malformed("it has no predicate");
  if (subjects == nullptr || !subjects->is_array() || subjects->get_array().size() != 1 ||
      !subjects->get_array().front().is_object()) {
    return malformed("it does not have exactly one subject");
  }
  const json::object& subject = subjects->get_array().front().get_object();
  const json::value* digests = find_member(subject, "digest");
  const std::string_view root = digests != nullptr && digests->is_object()
                                    ? string_member(digests->get_object(), "sha256") : std::string_view();
  auto resources = parse_resources(predicate->get_object());
  if (!resources) return pass(resources);
  if (root_digest(*resources).text() != root) return malformed("its root digest does not cover its resources");
  VerifiedBundle verified;
  verified.subject = string_member(subject, "name");
  verified.resources = std::move(*resources);
  verified.extra = predicate->get_object();
  verified.extra.erase("resources");
  verified.extra.erase("serialization");
  return verified;
}

std::string pre_authentication_encoding(std::string_view type, std::string_view body) {
  return fmt::format("DSSEv1 {} {} {} {}", type.size(), type, body.size(), body);
}

}  // namespace millwright::registry

#include "api/openai/response_references.hpp"

#include <map>

#include "base/text.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::size_t tag_bytes = 32;

bool is_reference(const json::value& item) {
  return item.is_object() && string_member(item.get_object(), "type") == "item_reference";
}

const json::object* find_item(const json::array& items, std::string_view id) {
  for (const auto& item : items) {
    if (item.is_object() && string_member(item.get_object(), "id") == id) return &item.get_object();
  }
  return nullptr;
}

const json::object* find_item(const gateway::StoredResponse& response, std::string_view id) {
  const auto* output = find_member(response.response, "output");
  const auto* found = output != nullptr && output->is_array() ? find_item(output->get_array(), id) : nullptr;
  return found != nullptr ? found : find_item(response.input, id);
}

std::unexpected<Error> unknown(std::size_t place, std::string_view id) {
  auto error = fail(ErrorCode::NotFound, "no item \"{}\" is kept", utf8_prefix(id, 80));
  error.error().where.field = fmt::format("input[{}].id", place);
  error.error().fix = "Send the item itself.";
  return error;
}

}  // namespace

std::optional<std::string> response_of_item(std::string_view item) {
  const auto start = item.find('_');
  if (start == std::string_view::npos || item.size() <= start + 1 + tag_bytes) return std::nullopt;
  const auto tag = item.substr(start + 1, tag_bytes);
  const char mark = item[start + 1 + tag_bytes];
  if (tag.find_first_not_of("0123456789abcdef") != std::string_view::npos || (mark != 'o' && mark != 'i')) {
    return std::nullopt;
  }
  return "resp_" + std::string(tag);
}

io::Task<Result<void>> resolve_references(Parts parts, const std::string& scope, json::array& input) {
  std::map<std::string, gateway::StoredResponse, std::less<>> known;
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (!is_reference(input[i])) continue;
    const std::string id(string_member(input[i].get_object(), "id"));
    const auto response = response_of_item(id);
    if (!response) co_return unknown(i, id);
    if (!known.contains(*response)) {
      if (known.size() >= gateway::ResponseStore::conversation_length_max) co_return unknown(i, id);
      auto loaded = co_await parts.responses->load(*response, scope);
      if (!loaded && loaded.error().code == ErrorCode::NotFound) co_return unknown(i, id);
      if (!loaded) co_return pass(loaded);
      known.emplace(*response, std::move(*loaded));
    }
    const auto* item = find_item(known.find(*response)->second, id);
    if (item == nullptr) co_return unknown(i, id);
    input[i] = *item;
  }
  co_return Result<void>();
}

}  // namespace millwright::api::openai

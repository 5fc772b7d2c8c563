#include "extensions/providers/embeddings.hpp"

#include <bit>

#include "base/text.hpp"
#include "extensions/providers/chat_content.hpp"

namespace millwright::extensions {
namespace {

std::string floats_as_base64(const json::array& vector) {
  std::string bytes;
  bytes.reserve(4 * vector.size());
  for (const auto& number : vector) {
    const auto value = number.is_number() ? number.to_number<double>() : 0.0;
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xff);
  }
  return to_base64(bytes);
}

}  // namespace

Result<std::vector<const json::value*>> embedding_inputs(const json::object& body) {
  const auto* input = find_set(body, "input");
  if (input == nullptr) return gateway::field_error("input", "input is missing");
  if (!input->is_array()) return std::vector{input};
  std::vector<const json::value*> inputs;
  for (std::size_t i = 0; i < input->get_array().size(); ++i) {
    const auto& item = input->get_array()[i];
    if (item.is_number() || item.is_array()) {
      return gateway::field_error(item.is_number() ? "input" : fmt::format("input[{}]", i),
                                  "this provider takes texts, not token numbers");
    }
    inputs.push_back(&item);
  }
  return inputs;
}

Result<bool> wants_base64(const json::object& body) {
  const auto* format = find_set(body, "encoding_format");
  if (format == nullptr || *format == "float") return false;
  if (*format == "base64") return true;
  return gateway::field_error("encoding_format", "use float or base64");
}

json::object render_embeddings(const json::array& vectors, std::string_view model, bool is_base64,
                               std::int64_t tokens) {
  json::array data;
  for (const auto& vector : vectors) {
    json::object one{{"object", "embedding"}, {"index", data.size()}};
    if (is_base64 && vector.is_array())
      one["embedding"] = floats_as_base64(vector.get_array());
    else
      one["embedding"] = vector;
    data.push_back(std::move(one));
  }
  return {{"object", "list"},
          {"data", std::move(data)},
          {"model", model},
          {"usage", json::object{{"prompt_tokens", tokens}, {"total_tokens", tokens}}}};
}

}  // namespace millwright::extensions

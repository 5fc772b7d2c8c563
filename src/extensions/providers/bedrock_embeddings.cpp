#include "extensions/providers/bedrock_embeddings.hpp"

#include <array>
#include <bit>
#include <charconv>

#include "base/text.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t cohere_texts_max = 96;  // a request

bool is_set(const json::value* value) { return value != nullptr && !value->is_null(); }

Result<std::vector<std::string>> texts_of(const json::object& body) {
  const auto* input = find_member(body, "input");
  std::vector<std::string> texts;
  if (input == nullptr) return gateway::field_error("input", "input is missing");
  if (input->is_string()) return std::vector<std::string>{std::string(input->get_string())};
  if (!input->is_array()) return gateway::field_error("input", "this provider embeds texts alone");
  for (std::size_t i = 0; i < input->get_array().size(); ++i) {
    const auto& text = input->get_array()[i];
    if (!text.is_string()) return gateway::field_error(fmt::format("input[{}]", i), "this provider embeds texts alone");
    texts.emplace_back(text.get_string());
  }
  return texts;
}

/// Members nobody here knows go to the model as they are.
void let_the_rest_travel(const json::object& body, json::object& request) {
  constexpr std::array<std::string_view, 5> known{"model", "input", "encoding_format", "dimensions", "user"};
  for (const auto& member : body) {
    const bool is_known = std::ranges::find(known, std::string_view(member.key())) != known.end();
    if (!is_known && !member.value().is_null()) request.emplace(member.key(), member.value());
  }
}

std::vector<json::object> encode_titan(const json::object& body, const std::vector<std::string>& texts) {
  std::vector<json::object> requests;
  for (const auto& text : texts) {
    json::object request{{"inputText", text}};
    if (const auto* size = find_member(body, "dimensions"); is_set(size)) request["dimensions"] = *size;
    let_the_rest_travel(body, request);
    requests.push_back(std::move(request));
  }
  return requests;
}

std::vector<json::object> encode_cohere(const json::object& body, const std::vector<std::string>& texts) {
  std::vector<json::object> requests;
  for (std::size_t start = 0; start < texts.size(); start += cohere_texts_max) {
    const auto end = std::min(start + cohere_texts_max, texts.size());
    json::array some(texts.begin() + static_cast<std::ptrdiff_t>(start), texts.begin() + static_cast<std::ptrdiff_t>(end));
    json::object request{{"texts", std::move(some)}};
    if (const auto* size = find_member(body, "dimensions"); is_set(size)) request["output_dimension"] = *size;
    let_the_rest_travel(body, request);
    request.emplace("input_type", "search_document");  // required by the model
    requests.push_back(std::move(request));
  }
  return requests;
}

/// The vector as little-endian 32-bit floats.
std::string float_bytes(const json::array& vector) {
  std::string bytes;
  bytes.reserve(vector.size() * 4);
  for (const auto& number : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(number.is_number() ? number.to_number<float>() : 0.0F);
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xFF);
  }
  return bytes;
}

std::optional<std::int64_t> token_count(const json::object& answer, const io::http::Headers& headers) {
  const auto text = headers.find("x-amzn-bedrock-input-token-count");
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size() && count >= 0) return count;
  const auto* own = find_member(answer, "inputTextTokenCount");
  if (own != nullptr && own->is_int64() && own->get_int64() >= 0) return own->get_int64();
  return std::nullopt;
}

const json::array* array_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_array() ? &value->get_array() : nullptr;
}

}  // namespace

Result<std::vector<json::object>> encode_bedrock_embeddings(const json::object& body, std::string_view model_id) {
  const auto texts = texts_of(body);
  if (!texts) return std::unexpected(texts.error());
  if (model_id.find("titan-embed-text") != std::string_view::npos) return encode_titan(body, *texts);
  if (model_id.find("cohere.embed") != std::string_view::npos) return encode_cohere(body, *texts);
  return gateway::field_error("model", "this provider knows embeddings of Titan and Cohere models alone");
}

BedrockEmbeddings::BedrockEmbeddings(const json::object& body)
    : is_base64_(string_member(body, "encoding_format") == "base64") {}

bool BedrockEmbeddings::add(const json::object& answer, const io::http::Headers& headers) {
  if (const auto count = token_count(answer, headers))
    tokens_ += *count;
  else
    has_all_tokens_ = false;
  if (const auto* vector = array_member(answer, "embedding")) {
    add_vector(*vector);
    return true;
  }
  const auto* vectors = array_member(answer, "embeddings");
  if (vectors == nullptr) {
    const auto* by_type = find_member(answer, "embeddings");
    if (by_type != nullptr && by_type->is_object()) vectors = array_member(by_type->get_object(), "float");
  }
  if (vectors == nullptr) return false;
  for (const auto& vector : *vectors) add_vector(vector);
  return true;
}

void BedrockEmbeddings::add_vector(const json::value& vector) {
  json::object entry{{"object", "embedding"}, {"index", data_.size()}};
  if (is_base64_ && vector.is_array())
    entry["embedding"] = to_base64(float_bytes(vector.get_array()));
  else
    entry["embedding"] = vector;
  data_.push_back(std::move(entry));
}

std::optional<std::int64_t> BedrockEmbeddings::tokens() const {
  return has_all_tokens_ ? std::optional(tokens_) : std::nullopt;
}

json::object BedrockEmbeddings::finish(std::string_view model) {
  json::object answer{{"object", "list"}, {"data", std::move(data_)}, {"model", model}};
  if (has_all_tokens_) answer["usage"] = json::object{{"prompt_tokens", tokens_}, {"total_tokens", tokens_}};
  return answer;
}

}  // namespace millwright::extensions

#include "extensions/providers/gemini_logprobs.hpp"

namespace millwright::extensions {
namespace {

json::object token_of(const json::object& candidate) {
  const auto token = string_member(candidate, "token");
  json::array bytes;
  for (const char c : token) bytes.push_back(static_cast<unsigned char>(c));
  const auto* probability = find_member(candidate, "logProbability");
  const bool is_known = probability != nullptr && probability->is_number();
  return {{"token", token}, {"logprob", is_known ? *probability : json::value(0)}, {"bytes", std::move(bytes)}};
}

json::array others_at(const json::object& result, std::size_t position) {
  json::array others;
  const auto* top = find_member(result, "topCandidates");
  if (top == nullptr || !top->is_array() || position >= top->get_array().size()) return others;
  const auto& place = top->get_array()[position];
  const auto* list = place.is_object() ? find_member(place.get_object(), "candidates") : nullptr;
  if (list == nullptr || !list->is_array()) return others;
  for (const auto& candidate : list->get_array()) {
    if (candidate.is_object()) others.push_back(token_of(candidate.get_object()));
  }
  return others;
}

}  // namespace

void append_logprobs(const json::object& logprobs_result, json::array& content) {
  const auto* chosen = find_member(logprobs_result, "chosenCandidates");
  if (chosen == nullptr || !chosen->is_array()) return;
  for (std::size_t i = 0; i < chosen->get_array().size(); ++i) {
    const auto& candidate = chosen->get_array()[i];
    if (!candidate.is_object()) continue;
    auto token = token_of(candidate.get_object());
    token["top_logprobs"] = others_at(logprobs_result, i);
    content.push_back(std::move(token));
  }
}

}  // namespace millwright::extensions

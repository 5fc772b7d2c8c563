#include "features/gateway/prompt_cache_use.hpp"

#include <chrono>

namespace millwright::gateway {
namespace {

constexpr double newest_weight = 0.1;
constexpr std::chrono::minutes kept_for{5};

std::string key_of(const std::string& use_case, const std::string& model) { return use_case + '\n' + model; }

}  // namespace

void PromptCacheUse::note(const std::string& use_case, const std::string& model, const finops::TokenCounts& tokens) {
  const auto all = tokens.input + tokens.cache_read + tokens.cache_write + tokens.cache_write_1h;
  if (all <= 0) return;
  const auto share = static_cast<double>(tokens.cache_read) / static_cast<double>(all);
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = read_shares_.try_emplace(key_of(use_case, model), share);
  if (!is_new) entry->second += newest_weight * (share - entry->second);
}

double PromptCacheUse::read_share(const std::string& use_case, const std::string& model) const {
  const std::scoped_lock lock(mutex_);
  const auto entry = read_shares_.find(key_of(use_case, model));
  return entry == read_shares_.end() ? 0 : entry->second;
}

bool PromptCacheUse::comes_again(const std::string& use_case, const std::string& prefix, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  auto& use = prefixes_[use_case];
  const bool is_again = use.prefix == prefix && now - use.last < kept_for;
  use = {prefix, now};
  return is_again;
}

void mark_prefix(json::object& body, std::size_t bytes, PrefixMark mark) {
  auto* messages = body.if_contains("messages");
  if (messages == nullptr || !messages->is_array() || messages->get_array().empty()) return;
  auto& first = messages->get_array().front();
  auto* content = first.is_object() ? first.get_object().if_contains("content") : nullptr;
  if (content == nullptr) return;
  if (mark == PrefixMark::Set && content->is_string() && content->get_string().size() >= bytes) {
    const std::string text(content->get_string());
    json::array parts{json::object{
        {"type", "text"}, {"text", text.substr(0, bytes)}, {"cache_control", json::object{{"type", "ephemeral"}}}}};
    if (text.size() > bytes) parts.push_back(json::object{{"type", "text"}, {"text", text.substr(bytes)}});
    *content = std::move(parts);
  } else if (mark == PrefixMark::Absent && content->is_array()) {
    std::string text;
    for (const auto& part : content->get_array()) {
      if (part.is_object()) text += string_member(part.get_object(), "text");
    }
    *content = json::string(text);
  }
}

}  // namespace millwright::gateway

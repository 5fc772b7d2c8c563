// What the chapters of the story share: the factory, the narrator, and the two ways they act — as its owner through the
// control API, and as an application through HTTP with a key.
#pragma once

#include <string>
#include <string_view>

#include "app/factory.hpp"
#include "app/story/narrator.hpp"
#include "base/json.hpp"
#include "io/http/message.hpp"

namespace millwright::app::story {

struct Stage {
  Factory& factory;
  Narrator narrator;
  std::filesystem::path directory;      // of the configuration
  std::string use_case;                 // that the story is about: the first one
  std::string dataset, index;
  std::string key_ana, key_sam;         // secrets; ana is staff, sam is in the group security
  std::string first_trace;              // of the first answered question
  std::string tiny_trace;               // of a metered call of the demonstration budget

  // As the owner; the error of a problem document.
  [[nodiscard]] Result<json::value> get(std::string_view path);
  [[nodiscard]] Result<json::value> post(std::string_view path, const json::object& body = {});
  [[nodiscard]] Result<json::value> remove(std::string_view path);
  /// As an application: POST /v1/chat/completions over HTTP.
  [[nodiscard]] Result<io::http::Response> complete(const std::string& key, const std::string& model,
                                                    const std::string& question);
};

/// "" for what is not there.
[[nodiscard]] std::string text_at(const json::value& value, std::string_view path);
[[nodiscard]] std::int64_t integer_at(const json::value& value, std::string_view path);
/// Text of the first choice.
[[nodiscard]] std::string answer_text(const io::http::Response& response);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// One chapter: tells, acts, claims. An error is what it could not even try.
using Chapter = Result<void> (*)(Stage&);
[[nodiscard]] Result<void> tell_documents(Stage& stage);
[[nodiscard]] Result<void> tell_dataset(Stage& stage);
[[nodiscard]] Result<void> tell_keys(Stage& stage);
[[nodiscard]] Result<void> tell_questions(Stage& stage);
[[nodiscard]] Result<void> tell_guard(Stage& stage);
[[nodiscard]] Result<void> tell_first_release(Stage& stage);
[[nodiscard]] Result<void> tell_bad_prompt(Stage& stage);
[[nodiscard]] Result<void> tell_rollout(Stage& stage);
[[nodiscard]] Result<void> tell_budget(Stage& stage);
[[nodiscard]] Result<void> tell_costs(Stage& stage);
[[nodiscard]] Result<void> tell_second_use_case(Stage& stage);
[[nodiscard]] Result<void> tell_audit(Stage& stage);
/// The last words: set-up link, key, snippet.
[[nodiscard]] Result<void> tell_ending(Stage& stage);

/// Steps that two chapters take.
[[nodiscard]] Result<void> sync_source(Stage& stage, const std::string& source,
                                       std::vector<std::vector<std::string>>& rows);
[[nodiscard]] Result<void> publish_dataset(Stage& stage, const std::string& dataset, const std::string& index);
extern const std::vector<std::string> intake_titles;

}  // namespace millwright::app::story

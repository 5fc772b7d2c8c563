#include "api/openai/responses_builder.hpp"

#include "api/openai/responses_items.hpp"
#include "base/text.hpp"

namespace millwright::api::openai {
namespace {

void append(json::object& target, std::string_view name, std::string_view text) {
  auto& value = target[name];
  if (!value.is_string()) value = "";
  value.get_string().append(text);
}

/// A whole number, whichever way it is held: parsed numbers are signed, counted ones are not.
std::int64_t integer_or(const json::value* value, std::int64_t otherwise) {
  if (value == nullptr) return otherwise;
  if (value->is_int64()) return value->get_int64();
  return value->is_uint64() && value->get_uint64() <= INT64_MAX ? static_cast<std::int64_t>(value->get_uint64())
                                                                : otherwise;
}

/// {type, url_citation: {…}} → {type, …}; other kinds stay as they are.
json::object flat_annotation(const json::object& annotation) {
  const auto type = string_member(annotation, "type");
  const auto* inner = type.empty() ? nullptr : find_member(annotation, type);
  if (inner == nullptr || !inner->is_object()) return annotation;
  json::object flat{{"type", type}};
  for (const auto& member : inner->get_object()) flat[member.key()] = member.value();
  return flat;
}

}  // namespace

json::object empty_response(const ResponseFrame& frame, std::string_view status) {
  json::object response{{"id", frame.id},          {"object", "response"}, {"created_at", frame.created_at},
                        {"completed_at", nullptr}, {"status", status},     {"error", nullptr},
                        {"incomplete_details", nullptr}, {"model", frame.model}, {"output", json::array()},
                        {"usage", nullptr}};
  for (const auto& member : frame.shown) response[member.key()] = member.value();
  return response;
}

void hide_encrypted_reasoning(json::object& response) {
  auto* output = response.if_contains("output");
  if (output == nullptr || !output->is_array()) return;
  for (auto& item : output->get_array()) {
    if (item.is_object() && string_member(item.get_object(), "type") == "reasoning") {
      item.get_object().erase("encrypted_content");
    }
  }
}

json::object response_usage(const json::object& usage) {
  const auto number = [&usage](std::string_view name) { return integer_or(find_member(usage, name), 0); };
  const auto details = [&usage](std::string_view name, std::string_view always) {
    json::object made{{always, 0}};
    const auto* given = find_member(usage, name);
    if (given == nullptr || !given->is_object()) return made;
    for (const auto& member : given->get_object()) made[member.key()] = member.value();
    return made;
  };
  const auto input = number("prompt_tokens"), output = number("completion_tokens");
  json::object made{{"input_tokens", input},
                    {"input_tokens_details", details("prompt_tokens_details", "cached_tokens")},
                    {"output_tokens", output},
                    {"output_tokens_details", details("completion_tokens_details", "reasoning_tokens")},
                    {"total_tokens", usage.contains("total_tokens") ? number("total_tokens") : input + output}};
  for (const auto& member : usage) {
    const std::string_view name = member.key();
    if (!name.starts_with("prompt_tokens") && !name.starts_with("completion_tokens") && name != "total_tokens") {
      made[name] = member.value();
    }
  }
  return made;
}

ResponseBuilder::ResponseBuilder(ResponseFrame frame, OnEvent on_event)
    : frame_(std::move(frame)), on_event_(std::move(on_event)), response_(empty_response(frame_, "in_progress")) {}

json::object ResponseBuilder::shown_response() const {
  json::object shown = response_;
  if (!frame_.shows_encrypted_reasoning) hide_encrypted_reasoning(shown);
  return shown;
}

void ResponseBuilder::say(std::string_view type, json::object event) {
  const auto number = sequence_++;
  if (!on_event_) return;
  json::object made{{"type", type}, {"sequence_number", number}};
  for (auto& member : event) made[member.key()] = std::move(member.value());
  on_event_(type, made);
}

json::object& ResponseBuilder::item(std::size_t output_index) {
  return response_["output"].get_array()[output_index].get_object();
}

json::object& ResponseBuilder::part() { return item(*text_item_)["content"].get_array().back().get_object(); }

void ResponseBuilder::say_item(std::string_view type, std::size_t output_index) {
  json::object shown = item(output_index);
  if (!frame_.shows_encrypted_reasoning) shown.erase("encrypted_content");
  say(type, {{"output_index", output_index}, {"item", std::move(shown)}});
}

/// The place of the part being written, and one value.
json::object ResponseBuilder::place(std::string_view value_name, json::value value) {
  auto& owner = item(*text_item_);
  return {{"item_id", owner["id"]},
          {"output_index", *text_item_},
          {"content_index", owner["content"].get_array().size() - 1},
          {value_name, std::move(value)}};
}

void ResponseBuilder::begin_queued() {
  is_created_ = true;
  response_["status"] = "queued";
  say("response.created", {{"response", shown_response()}});
  say("response.queued", {{"response", shown_response()}});
}

void ResponseBuilder::begin() {
  response_["status"] = "in_progress";
  if (!is_created_) say("response.created", {{"response", shown_response()}});
  say("response.in_progress", {{"response", shown_response()}});
}

void ResponseBuilder::feed_whole(json::object completion) {
  if (auto* choices = completion.if_contains("choices"); choices != nullptr && choices->is_array()) {
    for (auto& choice : choices->get_array()) {
      if (!choice.is_object()) continue;
      auto& object = choice.get_object();
      if (auto* message = object.if_contains("message")) {
        auto delta = std::move(*message);
        object.erase("message");
        object["delta"] = std::move(delta);
      }
    }
  }
  feed(completion);
}

void ResponseBuilder::feed(const json::object& chunk) {
  if (const auto model = string_member(chunk, "model"); !model.empty()) response_["model"] = model;
  for (const char* name : {"service_tier", "millwright"}) {
    if (const auto* value = find_member(chunk, name); value != nullptr && !value->is_null()) response_[name] = *value;
  }
  if (const auto* usage = find_member(chunk, "usage"); usage != nullptr && usage->is_object()) {
    response_["usage"] = response_usage(usage->get_object());
  }
  const auto* choices = find_member(chunk, "choices");
  if (choices == nullptr || !choices->is_array()) return;
  for (const auto& choice : choices->get_array()) {
    if (!choice.is_object()) continue;
    if (integer_or(find_member(choice.get_object(), "index"), 0) == 0) feed_choice(choice.get_object());
  }
}

void ResponseBuilder::feed_choice(const json::object& choice) {
  if (const auto reason = string_member(choice, "finish_reason"); !reason.empty()) finish_reason_ = reason;
  const auto* delta_value = find_member(choice, "delta");
  if (delta_value == nullptr || !delta_value->is_object()) return;
  const auto& delta = delta_value->get_object();
  auto thought = string_member(delta, "reasoning_content");
  if (thought.empty()) thought = string_member(delta, "reasoning");
  if (!thought.empty()) feed_text(Part::Reasoning, thought, nullptr);
  if (const auto* blocks = find_member(delta, "thinking_blocks"); blocks != nullptr && blocks->is_array()) {
    feed_thinking_blocks(blocks->get_array());
  }
  const auto* logprobs = find_member(choice, "logprobs");
  if (logprobs != nullptr && logprobs->is_object()) logprobs = find_member(logprobs->get_object(), "content");
  if (const auto text = string_member(delta, "content"); !text.empty()) feed_text(Part::Text, text, logprobs);
  if (const auto text = string_member(delta, "refusal"); !text.empty()) feed_text(Part::Refusal, text, nullptr);
  if (const auto* annotations = find_member(delta, "annotations"); annotations != nullptr && annotations->is_array()) {
    feed_annotations(annotations->get_array());
  }
  const auto* calls = find_member(delta, "tool_calls");
  if (calls == nullptr || !calls->is_array()) return;
  for (std::size_t i = 0; i < calls->get_array().size(); ++i) {
    const auto& call = calls->get_array()[i];
    if (call.is_object()) feed_call(call.get_object(), i);
  }
}

void ResponseBuilder::feed_text(Part kind, std::string_view text, const json::value* logprobs) {
  if (kind == Part::Reasoning)
    open_reasoning();
  else
    open_message();
  if (part_ != kind) {
    close_part();
    open_part(kind);
  }
  append(part(), kind == Part::Refusal ? "refusal" : "text", text);
  auto event = place("delta", json::value(text));
  if (kind == Part::Text) {
    auto& event_logprobs = event["logprobs"] = json::array();
    if (logprobs != nullptr && logprobs->is_array()) {
      event_logprobs = *logprobs;
      auto& kept = part()["logprobs"].get_array();
      for (const auto& token : logprobs->get_array()) kept.push_back(token);
    }
  }
  say(kind == Part::Text      ? "response.output_text.delta"
      : kind == Part::Refusal ? "response.refusal.delta"
                              : "response.reasoning_text.delta",
      std::move(event));
}

void ResponseBuilder::feed_thinking_blocks(const json::array& blocks) {
  if (blocks.empty()) return;
  // Signed blocks belong to the reasoning they end, even when the text behind it has begun.
  if (!text_item_ || !is_reasoning_) open_reasoning();
  for (const auto& block : blocks) thinking_blocks_.push_back(block);
}

void ResponseBuilder::feed_annotations(const json::array& annotations) {
  if (annotations.empty()) return;
  open_message();
  if (part_ != Part::Text) {
    close_part();
    open_part(Part::Text);
  }
  for (const auto& annotation : annotations) {
    if (!annotation.is_object()) continue;
    auto flat = flat_annotation(annotation.get_object());
    auto& known = part()["annotations"].get_array();
    known.push_back(flat);
    auto event = place("annotation_index", known.size() - 1);
    event["annotation"] = std::move(flat);
    say("response.output_text.annotation.added", std::move(event));
  }
}

void ResponseBuilder::feed_call(const json::object& call, std::size_t ordinal) {
  const auto* function_value = find_member(call, "function");
  static const json::object none;
  const auto& function = function_value != nullptr && function_value->is_object() ? function_value->get_object() : none;
  const auto index = integer_or(find_member(call, "index"), static_cast<std::int64_t>(ordinal));
  auto place = calls_.find(index);
  if (place == calls_.end()) {
    close_text_item("completed");
    json::object made{{"type", "function_call"},
                      {"status", "in_progress"},
                      {"call_id", string_member(call, "id")},
                      {"name", string_member(function, "name")},
                      {"arguments", ""}};
    // What a provider wants back with a call, such as a signature of its thought, travels with the item.
    for (const auto& member : call) {
      const std::string_view name = member.key();
      if (name != "index" && name != "id" && name != "type" && name != "function") made[name] = member.value();
    }
    place = calls_.emplace(index, Call{open_item("fc", std::move(made))}).first;
  }
  auto& made = item(place->second.output_index);
  const auto piece = string_member(function, "arguments");
  if (piece.empty()) return;
  append(made, "arguments", piece);
  say("response.function_call_arguments.delta",
      {{"item_id", made["id"]}, {"output_index", place->second.output_index}, {"delta", piece}});
}

std::size_t ResponseBuilder::open_item(std::string_view prefix, json::object made) {
  auto& output = response_["output"].get_array();
  const auto index = output.size();
  json::object numbered{{"id", fmt::format("{}_{}o{}", prefix, frame_.id.substr(frame_.id.find('_') + 1), index)}};
  for (auto& member : made) numbered[member.key()] = std::move(member.value());
  output.push_back(std::move(numbered));
  say_item("response.output_item.added", index);
  return index;
}

void ResponseBuilder::open_message() {
  if (text_item_ && !is_reasoning_) return;
  close_text_item("completed");
  text_item_ = open_item(
      "msg", {{"type", "message"}, {"status", "in_progress"}, {"role", "assistant"}, {"content", json::array()}});
  is_reasoning_ = false;
}

void ResponseBuilder::open_reasoning() {
  if (text_item_ && is_reasoning_) return;
  close_text_item("completed");
  text_item_ = open_item("rs", {{"type", "reasoning"}, {"summary", json::array()}, {"content", json::array()}});
  is_reasoning_ = true;
}

void ResponseBuilder::open_part(Part kind) {
  json::object made;
  if (kind == Part::Text) {
    made = {{"type", "output_text"}, {"text", ""}, {"annotations", json::array()}, {"logprobs", json::array()}};
  } else if (kind == Part::Refusal) {
    made = {{"type", "refusal"}, {"refusal", ""}};
  } else {
    made = {{"type", "reasoning_text"}, {"text", ""}};
  }
  item(*text_item_)["content"].get_array().push_back(made);
  part_ = kind;
  say("response.content_part.added", place("part", std::move(made)));
}

void ResponseBuilder::close_part() {
  if (part_ == Part::None) return;
  const auto& written = part();
  const bool is_refusal = part_ == Part::Refusal;
  auto done = is_refusal ? place("refusal", written.at("refusal")) : place("text", written.at("text"));
  if (part_ == Part::Text) done["logprobs"] = written.at("logprobs");
  say(part_ == Part::Text ? "response.output_text.done"
      : is_refusal        ? "response.refusal.done"
                          : "response.reasoning_text.done",
      std::move(done));
  say("response.content_part.done", place("part", written));
  part_ = Part::None;
}

void ResponseBuilder::close_text_item(std::string_view status) {
  if (!text_item_) return;
  close_part();
  auto& written = item(*text_item_);
  if (is_reasoning_) {
    if (!thinking_blocks_.empty()) {
      written["encrypted_content"] = std::string(reasoning_envelope) + to_base64(json::serialize(thinking_blocks_));
      thinking_blocks_ = json::array();
    }
  } else {
    written["status"] = status;
  }
  say_item("response.output_item.done", *text_item_);
  text_item_.reset();
}

void ResponseBuilder::close_calls(std::string_view status) {
  for (const auto& [index, call] : calls_) {
    auto& made = item(call.output_index);
    made["status"] = status;
    say("response.function_call_arguments.done", {{"item_id", made["id"]},
                                                  {"output_index", call.output_index},
                                                  {"name", made["name"]},
                                                  {"arguments", made["arguments"]}});
    say_item("response.output_item.done", call.output_index);
  }
  calls_.clear();
}

void ResponseBuilder::close_all(std::string_view status) {
  close_text_item(status);
  close_calls(status);
}

void ResponseBuilder::end(std::int64_t now) {
  const bool is_cut = finish_reason_ == "length" || finish_reason_ == "content_filter";
  if (response_["output"].get_array().empty()) {  // an empty text is an answer too
    open_message();
    open_part(Part::Text);
  }
  close_all(is_cut ? "incomplete" : "completed");
  response_["status"] = is_cut ? "incomplete" : "completed";
  if (!is_cut) {
    response_["completed_at"] = now;
  } else {
    response_["incomplete_details"] =
        json::object{{"reason", finish_reason_ == "length" ? "max_output_tokens" : "content_filter"}};
  }
}

void ResponseBuilder::end_failed(json::object error) {
  close_all("incomplete");
  response_["status"] = "failed";
  response_["completed_at"] = nullptr;
  response_["error"] = std::move(error);
}

void ResponseBuilder::end_cancelled() {
  close_all("incomplete");
  mark_cancelled();
}

void ResponseBuilder::mark_cancelled() {
  response_["status"] = "cancelled";
  for (const char* name : {"error", "incomplete_details", "completed_at"}) response_[name] = nullptr;
}

void ResponseBuilder::say_end() {
  const auto status = string_member(response_, "status");
  say(fmt::format("response.{}", status == "cancelled" ? "incomplete" : status), {{"response", shown_response()}});
}

}  // namespace millwright::api::openai

#include "extensions/providers/cohere_answer.hpp"

#include "base/json_count.hpp"
#include "base/text.hpp"
#include "extensions/providers/gemini_answer.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

bool is_broken(std::string_view native) { return native == "ERROR" || native == "TIMEOUT"; }

std::string_view finish_reason_of(std::string_view native) {
  if (native == "MAX_TOKENS" || native == "ERROR_LIMIT") return "length";
  if (native == "TOOL_CALL") return "tool_calls";
  if (native == "ERROR_TOXIC") return "content_filter";
  return "stop";
}

/// The model gave up: another try may do better.
gateway::ProviderFailure gave_up(std::string_view native, std::string_view why, std::string_view provider) {
  gateway::ProviderFailure failure;
  failure.status = native == "TIMEOUT" ? 504 : 502;
  failure.code = native;
  classify_by_status(failure);
  failure.error.message = fmt::format("the provider {} stopped without a usable answer ({}){}{}", provider, native,
                                      why.empty() ? "" : ": ", utf8_prefix(why, 300));
  return failure;
}

/// A citation with the first source that has an address; all of it below `native`.
json::object annotation_of(const json::object& citation) {
  json::object place{{"start_index", count_member(citation, "start")}, {"end_index", count_member(citation, "end")}};
  std::string_view type = "document_citation";
  const auto* sources = find_member(citation, "sources");
  if (sources != nullptr && sources->is_array()) {
    for (const auto& source : sources->get_array()) {
      const auto* document = source.is_object() ? object_member(source.get_object(), "document") : nullptr;
      if (document == nullptr) continue;
      if (const auto url = string_member(*document, "url"); !url.empty() && type != "url_citation") {
        type = "url_citation";
        place["url"] = url;
      }
      if (const auto title = string_member(*document, "title"); !title.empty()) place.emplace("title", title);
    }
  }
  json::object annotation{{"type", type}};
  annotation[type] = std::move(place);
  annotation["native"] = json::object{{"dialect", "cohere"}, {"value", citation}};
  return annotation;
}

json::object call_of(const json::object& given, std::int64_t index) {
  const auto* function = object_member(given, "function");
  json::object inner;
  if (function != nullptr) {
    inner = {{"name", string_member(*function, "name")}, {"arguments", string_member(*function, "arguments")}};
  }
  return {{"index", index}, {"id", string_member(given, "id")}, {"type", "function"}, {"function", std::move(inner)}};
}

/// Chats name it {text, logprobs: [n]} a piece; one entry a piece in OpenAI's shape.
json::value logprobs_of(const json::object& body) {
  const auto* list = find_member(body, "logprobs");
  if (list == nullptr || !list->is_array()) return nullptr;
  json::array content;
  for (const auto& item : list->get_array()) {
    const auto* values = item.is_object() ? find_member(item.get_object(), "logprobs") : nullptr;
    if (values == nullptr || !values->is_array() || values->get_array().empty()) continue;
    content.push_back(json::object{{"token", string_member(item.get_object(), "text")},
                                   {"logprob", values->get_array().front()},
                                   {"bytes", nullptr},
                                   {"top_logprobs", json::array()}});
  }
  return json::object{{"content", std::move(content)}, {"refusal", nullptr}};
}

json::object message_of(const json::object& given) {
  json::object message{{"role", "assistant"}, {"content", nullptr}};
  std::string text(string_member(given, "tool_plan")), thought;
  if (const auto* content = find_member(given, "content"); content != nullptr && content->is_array()) {
    for (const auto& item : content->get_array()) {
      if (!item.is_object()) continue;
      text += string_member(item.get_object(), "text");
      thought += string_member(item.get_object(), "thinking");
    }
  } else if (content != nullptr && content->is_string()) {
    text += content->get_string();
  }
  if (!text.empty()) message["content"] = text;
  if (!thought.empty()) message["reasoning_content"] = thought;
  if (const auto* calls = find_member(given, "tool_calls"); calls != nullptr && calls->is_array()) {
    json::array list;
    for (const auto& item : calls->get_array()) {
      if (!item.is_object()) continue;
      auto call = call_of(item.get_object(), 0);
      call.stable_erase("index");
      list.push_back(std::move(call));
    }
    if (!list.empty()) message["tool_calls"] = std::move(list);
  }
  if (const auto* citations = find_member(given, "citations"); citations != nullptr && citations->is_array()) {
    json::array list;
    for (const auto& item : citations->get_array()) {
      if (item.is_object()) list.push_back(annotation_of(item.get_object()));
    }
    if (!list.empty()) message["annotations"] = std::move(list);
  }
  return message;
}

}  // namespace

std::optional<finops::TokenCounts> read_cohere_usage(const json::object& owner) {
  const auto* usage = object_member(owner, "usage");
  if (usage == nullptr) usage = object_member(owner, "meta");
  if (usage == nullptr) return std::nullopt;
  const auto* counts = object_member(*usage, "billed_units");
  if (counts == nullptr || counts->empty()) counts = object_member(*usage, "tokens");
  if (counts == nullptr || counts->empty()) return std::nullopt;
  finops::TokenCounts tokens;
  tokens.input = count_member(*counts, "input_tokens");
  tokens.output = count_member(*counts, "output_tokens");
  tokens.image_in = std::max(count_member(*counts, "image_tokens"), count_member(*counts, "images"));
  tokens.tool_requests = count_member(*counts, "search_units") + count_member(*counts, "classifications");
  return tokens;
}

gateway::ProviderFailure failure_of_cohere(std::uint16_t status, std::string_view body, std::string_view provider) {
  gateway::ProviderFailure failure;
  failure.status = status == 0 ? 502 : status;
  std::string message;
  if (auto parsed = parse_json_object(body)) {
    message = string_member(*parsed, "message");
    failure.usage = read_cohere_usage(*parsed);
    failure.may_be_billed = failure.usage.has_value();
  }
  // 498 is a key that is blocked, 499 a call that the server itself broke off.
  if (status == 498) failure.status = 401;
  if (status == 499) failure.status = 503;
  classify_by_status(failure);
  failure.status = status == 0 ? 502 : status;
  failure.error.message = fmt::format("the provider {} answered {}{}{}", provider, failure.status,
                                      message.empty() ? "" : ": ", utf8_prefix(message, 500));
  return failure;
}

StreamStep CohereStream::feed(std::string_view bytes) {
  StreamStep step;
  auto fed = parser_.feed(bytes);
  io::sse::Event event;
  while (!is_finished_ && !step.failure && parser_.next(event)) {
    if (event.data == "[DONE]") continue;
    auto object = parse_json_object(event.data);
    if (object) {
      read(*object, step);
      continue;
    }
    step.failure = failure_of_cohere(0, {}, frame_.provider);
    step.failure->error.message =
        fmt::format("the provider {} sent an event that is not JSON: {}", frame_.provider, object.error().message);
  }
  if (!fed && !step.failure && !is_finished_) step.failure = failure_of_transport(std::move(fed.error()));
  return step;
}

StreamStep CohereStream::end() {
  StreamStep step;
  if (!is_finished_) step.failure = failure_of_transport(cut_short(frame_.provider));
  return step;
}

void CohereStream::read(const json::object& event, StreamStep& step) {
  const auto type = string_member(event, "type");
  if (type.empty() && event.contains("message")) {
    step.failure = failure_of_cohere(0, json::serialize(event), frame_.provider);
    return;
  }
  if (type == "message-start") {
    if (const auto id = string_member(event, "id"); !id.empty()) frame_.id = id;
    return;
  }
  if (type == "message-end") return finish(event, step);
  const auto* delta = object_member(event, "delta");
  const auto* message = delta != nullptr ? object_member(*delta, "message") : nullptr;
  if (message != nullptr) read_message(type, event, *message, step);
}

void CohereStream::read_message(std::string_view type, const json::object& event, const json::object& message,
                                StreamStep& step) {
  if (type == "content-start" || type == "content-delta") {
    const auto* content = object_member(message, "content");
    if (content == nullptr) return;
    json::object delta;
    if (const auto thought = string_member(*content, "thinking"); !thought.empty())
      delta["reasoning_content"] = thought;
    if (const auto text = string_member(*content, "text"); !text.empty()) delta["content"] = text;
    say(std::move(delta), step);
  } else if (type == "tool-plan-delta") {
    if (const auto plan = string_member(message, "tool_plan"); !plan.empty()) say({{"content", plan}}, step);
  } else if (type == "tool-call-start" || type == "tool-call-delta") {
    if (const auto* call = object_member(message, "tool_calls")) read_call(type, event, *call, step);
  } else if (type == "citation-start") {
    const auto* citations = find_member(message, "citations");
    json::array list;
    if (citations != nullptr && citations->is_object()) list.push_back(annotation_of(citations->get_object()));
    if (citations != nullptr && citations->is_array()) {
      for (const auto& item : citations->get_array()) {
        if (item.is_object()) list.push_back(annotation_of(item.get_object()));
      }
    }
    if (!list.empty()) say({{"annotations", std::move(list)}}, step);
  }
}

void CohereStream::read_call(std::string_view type, const json::object& event, const json::object& call,
                             StreamStep& step) {
  const auto key = count_member(event, "index");
  if (type == "tool-call-start") {
    const auto index = static_cast<std::int64_t>(calls_.size());
    if (!calls_.emplace(key, index).second) return;
    say({{"tool_calls", json::array{call_of(call, index)}}}, step);
    return;
  }
  const auto known = calls_.find(key);
  const auto* function = object_member(call, "function");
  const auto piece = function != nullptr ? string_member(*function, "arguments") : std::string_view();
  if (known == calls_.end() || piece.empty()) return;
  json::object more{{"index", known->second}, {"function", json::object{{"arguments", piece}}}};
  say({{"tool_calls", json::array{std::move(more)}}}, step);
}

void CohereStream::say(json::object delta, StreamStep& step) {
  if (delta.empty()) return;
  if (!has_role_) {
    has_role_ = true;
    json::object first{{"role", "assistant"}};
    for (auto& [name, value] : delta) first[name] = std::move(value);
    delta = std::move(first);
  }
  step.chunks.push_back(make_chunk(frame_, std::move(delta)));
}

void CohereStream::finish(const json::object& event, StreamStep& step) {
  const auto* delta = object_member(event, "delta");
  if (delta != nullptr) usage_ = read_cohere_usage(*delta);
  const auto native = delta != nullptr ? string_member(*delta, "finish_reason") : std::string_view();
  if (is_broken(native)) {
    step.failure = gave_up(native, string_member(*delta, "error"), frame_.provider);
    return;
  }
  is_finished_ = true;
  json::object last;
  if (!has_role_) last["role"] = "assistant";
  auto chunk = make_chunk(frame_, std::move(last), finish_reason_of(native));
  if (!native.empty()) chunk["choices"].get_array()[0].get_object()["native_finish_reason"] = native;
  step.chunks.push_back(std::move(chunk));
  if (usage_) step.chunks.push_back(make_usage_chunk(frame_, render_usage(*usage_)));
}

gateway::ProviderAnswer CohereStream::known() const {
  gateway::ProviderAnswer answer;
  answer.provider_model = frame_.model;
  answer.provider_request = frame_.id;
  answer.usage = usage_;
  return answer;
}

gateway::ProviderResult read_cohere_answer(const json::object& body, AnswerFrame frame) {
  const auto* given = object_member(body, "message");
  if (given == nullptr) return std::unexpected(failure_of_cohere(0, json::serialize(body), frame.provider));
  if (const auto id = string_member(body, "id"); !id.empty()) frame.id = id;
  gateway::ProviderAnswer answer;
  answer.usage = read_cohere_usage(body);
  const auto native = string_member(body, "finish_reason");
  if (is_broken(native)) {
    auto failure = gave_up(native, string_member(body, "error"), frame.provider);
    failure.may_be_billed = true;
    failure.usage = answer.usage;
    return std::unexpected(std::move(failure));
  }
  json::object choice{{"index", 0}, {"message", message_of(*given)}, {"finish_reason", finish_reason_of(native)}};
  if (!native.empty()) choice["native_finish_reason"] = native;
  if (auto logprobs = logprobs_of(body); !logprobs.is_null()) choice["logprobs"] = std::move(logprobs);
  answer.provider_model = frame.model;
  answer.provider_request = frame.id;
  answer.body = {{"id", frame.id},
                 {"object", "chat.completion"},
                 {"created", frame.created},
                 {"model", frame.model},
                 {"choices", json::array{std::move(choice)}}};
  if (answer.usage) answer.body["usage"] = render_usage(*answer.usage);
  return answer;
}

std::expected<json::array, gateway::ProviderFailure> read_cohere_vectors(const json::object& body,
                                                                         std::string_view provider) {
  const auto* embeddings = object_member(body, "embeddings");
  const auto* vectors = embeddings != nullptr ? find_member(*embeddings, "float") : nullptr;
  if (vectors != nullptr && vectors->is_array()) return vectors->get_array();
  return std::unexpected(failure_of_cohere(0, json::serialize(body), provider));
}

gateway::ProviderResult read_cohere_ranking(const json::object& body, const json::object& request,
                                            const AnswerFrame& frame) {
  const auto* results = find_member(body, "results");
  if (results == nullptr || !results->is_array()) {
    return std::unexpected(failure_of_cohere(0, json::serialize(body), frame.provider));
  }
  const auto* wish = find_member(request, "return_documents");
  const auto* documents = find_member(request, "documents");
  const bool gives_documents = wish != nullptr && *wish == true && documents != nullptr && documents->is_array();
  gateway::ProviderAnswer answer;
  answer.usage = read_cohere_usage(body);
  answer.provider_model = frame.model;
  answer.provider_request = string_member(body, "id");
  answer.body = {{"id", answer.provider_request.empty() ? frame.id : answer.provider_request}, {"model", frame.model}};
  json::array list;
  for (const auto& item : results->get_array()) {
    if (!item.is_object()) continue;
    auto result = item.get_object();
    const auto index = static_cast<std::size_t>(count_member(result, "index"));
    if (gives_documents && index < documents->get_array().size()) {
      const auto& document = documents->get_array()[index];
      result["document"] = document.is_object() ? document : json::value(json::object{{"text", document}});
    }
    list.push_back(std::move(result));
  }
  answer.body["results"] = std::move(list);
  if (answer.usage) {
    const auto tokens = answer.usage->input + answer.usage->output;
    answer.body["usage"] = json::object{{"total_tokens", tokens}, {"search_units", answer.usage->tool_requests}};
  }
  return answer;
}

}  // namespace millwright::extensions

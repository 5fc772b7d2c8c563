#include "tests/fakes/batches.hpp"

#include <sstream>

#include "base/id.hpp"
#include "io/http/multipart.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {
namespace {

using io::http::Response;

class Parts final : public io::http::MultipartSink {
 public:
  [[nodiscard]] Result<void> begin(const io::http::MultipartPart& part) override {
    text = &parts[part.name];
    return {};
  }
  [[nodiscard]] Result<void> data(std::string_view bytes) override {
    text->append(bytes);
    return {};
  }
  [[nodiscard]] Result<void> end() override { return {}; }
  std::map<std::string, std::string> parts;
  std::string* text = nullptr;
};

Response reply(const json::value& body, std::uint16_t status = 200) {
  Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = json::serialize(body);
  return response;
}

Response refuse(std::uint16_t status) {
  return reply(json::object{{"error", json::object{{"message", "scripted refusal"}, {"type", "invalid_request_error"}}}}, status);
}

std::string script_of(const json::object& body) {
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array() || messages->get_array().empty()) return {};
  const auto& last = messages->get_array().back();
  return last.is_object() ? std::string(string_member(last.get_object(), "content")) : std::string();
}

json::object completion(const json::object& body, std::int64_t prompt, std::int64_t tokens) {
  json::object choice{{"index", 0},
                      {"message", json::object{{"role", "assistant"}, {"content", "by batch"}, {"refusal", nullptr}}},
                      {"finish_reason", "stop"}};
  return {{"id", "chatcmpl-" + Id::generate().text()},
          {"object", "chat.completion"},
          {"created", 1763900000},
          {"model", string_member(body, "model")},
          {"choices", json::array{std::move(choice)}},
          {"usage", json::object{{"prompt_tokens", prompt}, {"completion_tokens", tokens}, {"total_tokens", prompt + tokens}}}};
}

}  // namespace

bool ScriptedBatches::is_path(std::string_view path) {
  return path.starts_with("/v1/files") || path.starts_with("/v1/batches") || path == "/batch-bill";
}

io::Task<void> ScriptedBatches::handle(io::http::Exchange& exchange) {
  auto response = answer(exchange.request());
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

Response ScriptedBatches::answer(const io::http::Request& request) {
  using io::http::Method;
  const std::scoped_lock lock(mutex_);
  const std::string_view path = request.path;
  if (path == "/batch-bill") {
    return reply(json::object{{"calls", calls_}, {"prompt_tokens", prompt_tokens_}, {"completion_tokens", completion_tokens_},
                              {"files", files_.size()}, {"batches", batches_.size()}});
  }
  if (path == "/v1/files" && request.method == Method::Post) return upload(request);
  if (path.starts_with("/v1/files/")) {
    const auto id = std::string(path.substr(10, path.find('/', 10) - 10));
    const auto file = files_.find(id);
    if (file == files_.end()) return refuse(404);
    if (request.method == Method::Delete) {
      files_.erase(file);
      return reply(json::object{{"id", id}, {"deleted", true}});
    }
    Response response;
    response.body = file->second;
    return response;
  }
  if (path == "/v1/batches" && request.method == Method::Post) return create(request);
  if (path == "/v1/batches") {
    json::array list;
    for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch) list.push_back(shown(*batch));
    return reply(json::object{{"object", "list"}, {"data", std::move(list)}, {"has_more", false}});
  }
  for (auto& batch : batches_) {
    if (!path.substr(12).starts_with(batch.id)) continue;
    if (path.ends_with("/cancel")) {
      if (batch.status == "in_progress") batch.status = "cancelled";
    } else if (batch.status == "in_progress" && !batch.hangs && batch.polls_left-- <= 0) {
      finish(batch);
    }
    return reply(shown(batch));
  }
  return refuse(404);
}

Response ScriptedBatches::upload(const io::http::Request& request) {
  Parts parts;
  auto boundary = io::http::multipart_boundary(request.headers.find("content-type"));
  if (!boundary) return refuse(400);
  io::http::MultipartParser parser(*boundary, parts);
  if (!parser.feed(request.body) || !parser.finish() || parts.parts["purpose"] != "batch") return refuse(400);
  const auto id = "file-" + Id::generate().text();
  files_[id] = parts.parts["file"];
  return reply(json::object{{"id", id}, {"object", "file"}, {"purpose", "batch"}});
}

Response ScriptedBatches::create(const io::http::Request& request) {
  auto body = parse_json_object(request.body);
  const auto file = body ? files_.find(std::string(string_member(*body, "input_file_id"))) : files_.end();
  if (file == files_.end() || string_member(*body, "completion_window") != "24h") return refuse(400);
  auto first = parse_json_object(std::string_view(file->second).substr(0, file->second.find('\n')));
  const auto script = first ? script_of(first->at("body").as_object()) : std::string();
  if (has_directive(script, "no-batches")) return refuse(404);
  OneBatch batch;
  batch.id = "batch_" + Id::generate().text();
  batch.input = file->first;
  batch.metadata = body->contains("metadata") ? body->at("metadata") : json::value(nullptr);
  batch.polls_left = number_directive(script, "polls", 0);
  batch.hangs = has_directive(script, "hang");
  batches_.push_back(batch);
  return reply(shown(batch));
}

json::object ScriptedBatches::shown(const OneBatch& batch) const {
  const auto text = [](const std::string& id) { return id.empty() ? json::value(nullptr) : json::value(id); };
  return {{"id", batch.id},
          {"object", "batch"},
          {"status", batch.status},
          {"input_file_id", batch.input},
          {"output_file_id", text(batch.output)},
          {"error_file_id", text(batch.errors)},
          {"metadata", batch.metadata}};
}

void ScriptedBatches::finish(OneBatch& batch) {
  std::istringstream input(files_[batch.input]);
  std::string output, errors;
  for (std::string line; std::getline(input, line);) {
    const auto request = json::parse(line).as_object();
    const auto& body = request.at("body").as_object();
    const auto script = script_of(body);
    if (has_directive(script, "batch-skip")) continue;
    const auto status = number_directive(script, "batch-status", 200);
    json::object answer{{"error", json::object{{"message", "scripted"}, {"type", "invalid_request_error"}}}};
    if (status == 200) {
      const auto prompt = static_cast<std::int64_t>(json::serialize(body.at("messages")).size() / 4) + 3;
      answer = completion(body, prompt, 12);
      ++calls_;
      prompt_tokens_ += prompt;
      completion_tokens_ += 12;
    }
    json::object result{{"id", "batch_req_" + Id::generate().text()},
                        {"custom_id", request.at("custom_id")},
                        {"response", json::object{{"status_code", status}, {"request_id", "req"}, {"body", std::move(answer)}}},
                        {"error", nullptr}};
    (status == 200 ? output : errors) += json::serialize(result) + "\n";
  }
  batch.status = "completed";
  batch.output = "file-out-" + batch.id;
  files_[batch.output] = output;
  if (errors.empty()) return;
  batch.errors = "file-err-" + batch.id;
  files_[batch.errors] = errors;
}

}  // namespace millwright::test

#include "tests/fakes/media.hpp"

#include <array>

#include "base/digest.hpp"
#include "base/id.hpp"
#include "io/sse/sse.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

struct ScriptedMedia::Asked {
  std::string path, model, text, quality, size, format;
  bool is_streamed = false;
  std::int64_t count = 1, partial = 0, pictures = 0;
  std::string_view file;
  std::string file_name, file_type, fields;
  io::http::Form form;
  bool is_form = false;
  std::string fault;
};

namespace {

constexpr std::array<std::string_view, 6> paths{"/v1/images/generations",   "/v1/images/edits",
                                                "/v1/images/variations",    "/v1/audio/speech",
                                                "/v1/audio/transcriptions", "/v1/audio/translations"};

io::http::Response response_of(std::uint16_t status, std::string type, std::string body) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", std::move(type));
  response.headers.set("x-request-id", "req_" + Id::generate().text());
  response.body = std::move(body);
  return response;
}

std::string error_json(std::string_view message, std::string_view type) {
  return json::serialize(json::object{
      {"error", json::object{{"message", message}, {"type", type}, {"param", nullptr}, {"code", nullptr}}}});
}

/// A stream of pieces, with what the script does to it.
class Pieces {
 public:
  Pieces(io::http::Exchange& exchange, std::string_view script)
      : exchange_(exchange),
        cut_(number_directive(script, "cut", -1)),
        error_after_(number_directive(script, "error-after", -1)),
        interval_(number_directive(script, "interval", 0)) {}

  io::Task<Result<void>> start(std::string type) {
    auto started = co_await exchange_.start_stream(response_of(200, std::move(type), {}));
    co_return started;
  }
  /// False: the stream is over.
  io::Task<bool> write(std::string bytes) {
    if (cut_ == sent_) {
      exchange_.abort();
      co_return false;
    }
    if (error_after_ == sent_) {
      std::string event;
      io::sse::append_event(event, "error", error_json("scripted error in the stream", "server_error"));
      auto written = co_await exchange_.write(event);
      if (written) written = co_await exchange_.finish_stream();
      co_return false;
    }
    ++sent_;
    if (interval_ > 0) {
      auto slept = co_await io::sleep_for(Duration(interval_));
      if (!slept) co_return false;
    }
    auto written = co_await exchange_.write(bytes);
    co_return written.has_value();
  }
  io::Task<bool> event(json::object data) {
    std::string text;
    io::sse::append_event(text, std::string(string_member(data, "type")), json::serialize(data));
    auto written = co_await write(std::move(text));
    co_return written;
  }

 private:
  io::http::Exchange& exchange_;
  std::int64_t cut_, error_after_, interval_, sent_ = 0;
};

std::int64_t number_of(const json::object& body, std::string_view name, std::int64_t otherwise) {
  const auto* value = find_member(body, name);
  if (value == nullptr) return otherwise;
  if (value->is_int64()) return value->get_int64();
  return value->is_string() ? std::atoll(value->get_string().c_str()) : otherwise;
}

bool is_true(const json::object& body, std::string_view name) {
  const auto* value = find_member(body, name);
  return value != nullptr &&
         ((value->is_bool() && value->get_bool()) || (value->is_string() && value->get_string() == "true"));
}

/// Of one image, in nano-USD.
std::int64_t price_of_image(std::string_view quality, std::string_view size) {
  const bool is_large = size == "1024x1792" || size == "1792x1024";
  if (quality == "hd") return is_large ? 120'000'000 : 80'000'000;
  return is_large ? 80'000'000 : 40'000'000;
}

std::int64_t tokens_of(std::string_view text) { return static_cast<std::int64_t>(text.size() / 4) + 1; }

std::int64_t seconds_of(std::string_view file) {
  const auto bytes = static_cast<std::int64_t>(file.size());
  return file.starts_with("RIFF") ? (bytes - 44 + 31'999) / 32'000 : bytes / 4'000 + 1;
}

}  // namespace

bool ScriptedMedia::is_one(std::string_view path) { return std::ranges::find(paths, path) != paths.end(); }

namespace {

json::object body_of(const io::http::Form& form) {
  json::object body;
  for (const auto& part : form) {
    if (!part.file_name) body[part.name] = part.content;
  }
  return body;
}

}  // namespace

std::string ScriptedMedia::find_fault(const Asked& asked) {
  if (!asked.fault.empty()) return asked.fault;
  const bool is_heard = asked.path == "/v1/audio/transcriptions" || asked.path == "/v1/audio/translations";
  const bool needs_form = is_heard || asked.path == "/v1/images/edits" || asked.path == "/v1/images/variations";
  if (needs_form != asked.is_form) return "wrong content type";
  if (asked.model.empty()) return "you must provide a model parameter";
  if (is_heard && asked.file.empty()) return "file is required";
  if (is_heard && asked.file_name.empty()) return "the file has no name";
  if (needs_form && !is_heard && asked.pictures == 0) return "image is required";
  if (!is_heard && asked.path != "/v1/images/variations" && asked.text.empty()) return "a text is required";
  if (asked.path == "/v1/audio/speech" && asked.fields.find("\"voice\"") == std::string::npos)
    return "voice is required";
  return {};
}

ScriptedMedia::Asked ScriptedMedia::read(io::http::Request& request) {
  Asked asked;
  asked.path = request.path;
  json::object body;
  const std::string type(request.headers.find("content-type"));
  if (io::http::is_form(type)) {
    asked.is_form = true;
    auto form = io::http::parse_form(type, std::move(request.body));
    if (form) {
      asked.form = std::move(*form);
      body = body_of(asked.form);
      for (const auto& part : asked.form) {
        if (!part.file_name) continue;
        ++asked.pictures;
        asked.file = part.content;
        asked.file_name = *part.file_name;
        asked.file_type = part.content_type;
      }
    } else {
      asked.fault = describe(form.error());
    }
  } else {
    auto parsed = parse_json_object(request.body);
    if (parsed && type.starts_with("application/json"))
      body = std::move(*parsed);
    else
      asked.fault = "the body is no JSON";
  }
  asked.fields = json::serialize(body);
  asked.model = string_member(body, "model");
  asked.text = asked.path == "/v1/audio/speech" ? string_member(body, "input") : string_member(body, "prompt");
  asked.quality = string_member(body, "quality");
  asked.size = string_member(body, "size");
  asked.format = string_member(body, asked.path == "/v1/audio/speech" ? "stream_format" : "response_format");
  asked.is_streamed = is_true(body, "stream");
  asked.count = number_of(body, "n", 1);
  asked.partial = number_of(body, "partial_images", 0);
  return asked;
}

io::Task<void> ScriptedMedia::handle(io::http::Exchange& exchange) {
  const Asked asked = read(exchange.request());
  if (const auto delay = number_directive(asked.text, "delay", 0); delay > 0) {
    auto slept = co_await io::sleep_for(Duration(delay));
    if (!slept || exchange.is_client_gone()) co_return;
  }
  if (has_directive(asked.text, "cut-head")) {
    exchange.abort();
    co_return;
  }
  io::http::Response refused;
  if (const auto fault = find_fault(asked); !fault.empty()) {
    refused = response_of(400, "application/json", error_json(fault, "invalid_request_error"));
  } else if (const auto status = number_directive(asked.text, "status", 200); status != 200) {
    refused = response_of(static_cast<std::uint16_t>(status), "application/json",
                          error_json(fmt::format("scripted failure {}", status), "server_error"));
  } else if (has_directive(asked.text, "error-in-200")) {
    refused = response_of(200, "application/json", error_json("scripted error under 200", "server_error"));
  } else if (has_directive(asked.text, "garbage")) {
    refused = response_of(200, "text/html", "<html>502 not json");
  } else {
    if (asked.path.starts_with("/v1/images/"))
      co_await images(exchange, asked);
    else if (asked.path == "/v1/audio/speech")
      co_await speech(exchange, asked);
    else
      co_await transcript(exchange, asked);
    co_return;
  }
  auto sent = co_await exchange.send(std::move(refused));
  (void)sent;
}

io::Task<void> ScriptedMedia::images(io::http::Exchange& exchange, const Asked& asked) {
  const bool by_tokens = asked.model.starts_with("gpt-image");
  const auto quality = !asked.quality.empty() && asked.quality != "auto" ? asked.quality
                       : by_tokens                                       ? "low"
                                                                         : "standard";
  const auto size = !asked.size.empty() && asked.size != "auto" ? asked.size : "1024x1024";
  const std::int64_t text = tokens_of(asked.text), picture = 64 * asked.pictures, out = 272;
  const auto usage = [&](std::int64_t images) {
    return json::object{{"input_tokens", text + picture},
                        {"output_tokens", images * out},
                        {"total_tokens", text + picture + images * out},
                        {"input_tokens_details", json::object{{"text_tokens", text}, {"image_tokens", picture}}}};
  };
  // gpt-image-1: 5, 10 and 40 USD for a million tokens of text and image going in, and image coming out.
  const auto nano = by_tokens ? text * 5'000 + picture * 10'000 + asked.count * out * 40'000
                              : asked.count * price_of_image(quality, size);
  const std::string pixels = "iVBORw0KGgoAAAANSUhEUg" + std::string(200, 'A');
  const json::object frame{{"size", size}, {"quality", quality}, {"background", "opaque"}, {"output_format", "png"}};
  if (asked.is_streamed) {
    const std::string kind = asked.path == "/v1/images/edits" ? "image_edit" : "image_generation";
    Pieces pieces(exchange, asked.text);
    auto started = co_await pieces.start("text/event-stream; charset=utf-8");
    bool goes_on = started.has_value();
    for (std::int64_t i = 0; i < asked.partial && goes_on; ++i) {
      auto event = frame;
      event["type"] = kind + ".partial_image";
      event["b64_json"] = pixels;
      event["partial_image_index"] = i;
      goes_on = co_await pieces.event(std::move(event));
    }
    if (!goes_on) co_return;
    charge_(nano);
    auto event = frame;
    event["type"] = kind + ".completed";
    event["b64_json"] = pixels;
    if (!has_directive(asked.text, "no-usage")) event["usage"] = usage(1);
    goes_on = co_await pieces.event(std::move(event));
    if (goes_on) {
      auto finished = co_await exchange.finish_stream();
      (void)finished;
    }
    co_return;
  }
  json::array data;
  for (std::int64_t i = 0; i < asked.count; ++i) {
    json::object image{{"b64_json", pixels}};
    if (!by_tokens)
      image = {{"url", "https://images.example/" + std::to_string(i) + "?sig=4111111111111111"},
               {"revised_prompt", asked.text}};
    data.push_back(std::move(image));
  }
  json::object answer{{"created", 1763900000}, {"data", std::move(data)}};
  if (by_tokens) {
    for (const auto& member : frame) answer[member.key()] = member.value();
    if (!has_directive(asked.text, "no-usage")) answer["usage"] = usage(asked.count);
  }
  charge_(nano);
  auto sent = co_await exchange.send(response_of(200, "application/json", json::serialize(answer)));
  (void)sent;
}

io::Task<void> ScriptedMedia::speech(io::http::Exchange& exchange, const Asked& asked) {
  const bool by_characters = asked.model.starts_with("tts");
  const auto characters = std::ranges::count_if(asked.text, [](char c) { return (c & 0xc0) != 0x80; });
  const std::int64_t in = tokens_of(asked.text), out = 2 * in;
  // 15 USD for a million characters; 0.6 and 12 USD for a million tokens of text and sound.
  charge_(by_characters ? static_cast<std::int64_t>(characters) * 15'000 : in * 600 + out * 12'000);
  const bool is_sse = asked.format == "sse";
  Pieces pieces(exchange, asked.text);
  auto started = co_await pieces.start(is_sse ? "text/event-stream" : "audio/mpeg");
  bool goes_on = started.has_value();
  for (int i = 0; i < 4 && goes_on; ++i) {
    std::string sound("ID3\0\xff\xfb\r\n--", 10);
    sound += static_cast<char>(i);
    goes_on = is_sse ? co_await pieces.event({{"type", "speech.audio.delta"}, {"audio", "SUQzAP/7DQotLQA="}})
                     : co_await pieces.write(sound);
  }
  if (goes_on && is_sse) {
    json::object done{{"type", "speech.audio.done"}};
    done["usage"] = json::object{{"input_tokens", in}, {"output_tokens", out}, {"total_tokens", in + out}};
    goes_on = co_await pieces.event(std::move(done));
  }
  if (!goes_on) co_return;
  auto finished = co_await exchange.finish_stream();
  (void)finished;
}

io::Task<void> ScriptedMedia::transcript(io::http::Exchange& exchange, const Asked& asked) {
  const bool by_seconds = asked.model.starts_with("whisper");
  std::string text = "the quick brown fox jumps over the lazy dog";
  if (std::string say; find_directive(asked.text, "say", say)) text = say;
  if (has_directive(asked.text, "echo")) {
    text = fmt::format("{} {} {} {}", sha256(asked.file).text(), asked.file_name, asked.file_type, asked.fields);
  }
  const auto seconds = seconds_of(asked.file);
  const std::int64_t words = tokens_of(asked.text), heard = 10 * seconds, out = tokens_of(text);
  // 0.0001 USD a second; 2.5, 6 and 10 USD for a million tokens of text and sound going in, and text coming out.
  charge_(by_seconds ? seconds * 100'000 : words * 2'500 + heard * 6'000 + out * 10'000);
  json::object usage{{"type", "tokens"},
                     {"input_tokens", words + heard},
                     {"output_tokens", out},
                     {"total_tokens", words + heard + out},
                     {"input_token_details", json::object{{"text_tokens", words}, {"audio_tokens", heard}}}};
  if (by_seconds) usage = {{"type", "duration"}, {"seconds", seconds}};
  const bool has_usage = !has_directive(asked.text, "no-usage") && asked.path == "/v1/audio/transcriptions";
  if (asked.is_streamed && !by_seconds) {
    Pieces pieces(exchange, asked.text);
    auto started = co_await pieces.start("text/event-stream");
    bool goes_on = started.has_value();
    for (std::size_t at = 0; at < text.size() && goes_on; at += 7) {
      goes_on = co_await pieces.event({{"type", "transcript.text.delta"},
                                       {"delta", text.substr(at, 7)},
                                       {"logprobs", json::array{json::object{{"token", text.substr(at, 7)}}}}});
    }
    json::object done{{"type", "transcript.text.done"}, {"text", text}};
    if (has_usage) done["usage"] = usage;
    if (goes_on) goes_on = co_await pieces.event(std::move(done));
    if (!goes_on) co_return;
    auto finished = co_await exchange.finish_stream();
    (void)finished;
    co_return;
  }
  io::http::Response response;
  if (asked.format == "text") {
    response = response_of(200, "text/plain; charset=utf-8", text + "\n");
  } else if (asked.format == "srt") {
    response = response_of(200, "text/plain; charset=utf-8",
                           fmt::format("1\n00:00:00,000 --> 00:00:01,000\n{}\n\n2\n00:00:01,000 --> 00:00:02,000\n{}\n",
                                       text.substr(0, text.size() / 2), text.substr(text.size() / 2)));
  } else if (asked.format == "vtt") {
    response = response_of(200, "text/vtt", fmt::format("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n{}\n", text));
  } else {
    json::object answer{{"text", text}};
    if (asked.format == "verbose_json") {
      answer["task"] = asked.path == "/v1/audio/translations" ? "translate" : "transcribe";
      answer["language"] = "english";
      answer["duration"] = static_cast<double>(seconds) - 0.25;
      answer["segments"] =
          json::array{json::object{{"id", 0}, {"text", text.substr(0, text.size() / 2)}, {"tokens", json::array{1, 2}}},
                      json::object{{"id", 1}, {"text", text.substr(text.size() / 2)}, {"tokens", json::array{3}}}};
    }
    if (has_usage) answer["usage"] = usage;
    response = response_of(200, "application/json", json::serialize(answer));
  }
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

}  // namespace millwright::test

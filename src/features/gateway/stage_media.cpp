// Images, speech and transcripts: answers that are events, text or a file; guarded, billed and passed on as they come.
#include "features/gateway/media_bill.hpp"
#include "features/gateway/pipeline.hpp"
#include "io/sse/sse.hpp"

namespace millwright::gateway {
namespace {

constexpr std::string_view event_stream = "text/event-stream";

bool is_last(std::string_view type, const MediaFacts& facts, const MediaRequest& request) {
  if (type.starts_with("image_") && type.ends_with(".completed")) return facts.images >= request.images;
  return type == "transcript.text.done" || type == "speech.audio.done";
}

std::unexpected<Error> withheld() {
  auto error = fail(ErrorCode::PolicyRefused, "the answer held what must not leave and was withheld");
  error.error().rule = "guard.output";
  return error;
}

}  // namespace

/// What a provider streams, as the pipeline takes it.
class ChatPipeline::MediaStream final : public MediaSink {
 public:
  explicit MediaStream(ChatPipeline& pipeline) : pipeline_(pipeline) {}
  [[nodiscard]] io::Task<Result<void>> head(std::string content_type) override {
    pipeline_.media_type_ = std::move(content_type);
    co_return Result<void>();
  }
  [[nodiscard]] io::Task<Result<void>> event(std::string name, json::object data) override {
    return pipeline_.on_media_event(std::move(name), std::move(data));
  }
  [[nodiscard]] io::Task<Result<void>> bytes(std::string_view bytes) override {
    pipeline_.media_facts_.bytes += static_cast<std::int64_t>(bytes.size());
    return pipeline_.write_media(bytes);
  }

 private:
  ChatPipeline& pipeline_;
};

io::Task<ProviderResult> ChatPipeline::attempt_media(const Candidate& candidate, ProviderCall call) {
  called_ = &candidate;
  media_facts_ = {};
  media_type_.clear();
  held_events_.clear();
  transcript_guard_ = std::make_unique<TranscriptGuard>(*config_->guard);
  MediaStream stream(*this);
  call.form = call_.request.form.get();
  if (call.is_streamed && call_.byte_sink != nullptr) call.media = &stream;
  auto result = co_await candidate.provider->chat(call, {});
  if (result) {
    note_media(result->body, media_facts_);
    auto usage = media_usage(result->usage);
    usage.provider_request = result->provider_request;
    usage.tier = finops::find_tier(result->service_tier);
    flight_.stage(usage);
  }
  co_return result;
}

finops::Usage ChatPipeline::media_usage(const std::optional<finops::TokenCounts>& reported) {
  const auto bill =
      bill_of_media(call_.request.operation, call_.request.media, static_cast<std::int64_t>(call_.request.text_bytes),
                    reported, media_facts_, *called_->price);
  flight_.reprice(bill.price);
  finops::Usage usage;
  usage.tokens = bill.tokens;
  usage.is_estimated = bill.is_estimated;
  usage.provider_request = answer_.provider_request;
  usage.tier = finops::find_tier(answer_.service_tier);
  return usage;
}

io::Task<Result<void>> ChatPipeline::write_media(std::string_view bytes) {
  if (time_left() == Duration(0)) co_return out_of_time();
  if (!has_begun_) {
    trace_.first_token_us = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started_).count());
    auto begun = co_await call_.byte_sink->begin(trace_, media_type_.empty() ? event_stream : media_type_);
    if (!begun) co_return begun;
    has_begun_ = true;
  }
  trace_.response_bytes += static_cast<std::uint32_t>(bytes.size());
  auto written = co_await call_.byte_sink->write(bytes);
  co_return written;
}

io::Task<Result<void>> ChatPipeline::send_media_event(std::string_view name, const json::object& data) {
  std::string text;
  io::sse::append_event(text, name, json::serialize(data));
  auto written = co_await write_media(text);
  co_return written;
}

io::Task<Result<void>> ChatPipeline::on_media_event(std::string name, json::object data) {
  const std::string type(string_member(data, "type"));
  note_media(data, media_facts_);
  const bool has_something = transcript_guard_->feed(data);
  if (transcript_guard_->verdict().action == policy::Action::Block) {
    is_blocked_ = true;
    co_return withheld();
  }
  if (!has_something) co_return Result<void>();
  const bool is_end = is_last(type, media_facts_, call_.request.media);
  if (is_end && type == "transcript.text.done") {
    if (auto rest = transcript_guard_->rest(); !rest.empty()) {
      auto sent = co_await send_media_event(name.empty() ? "" : "transcript.text.delta",
                                            {{"type", "transcript.text.delta"}, {"delta", rest}});
      if (!sent) co_return sent;
    }
    if (transcript_guard_->verdict().action == policy::Action::Block) {
      is_blocked_ = true;
      co_return withheld();
    }
  }
  if (is_end || !held_events_.empty()) {
    held_events_.emplace_back(std::move(name), std::move(data));  // the end waits for its ledger row
    co_return Result<void>();
  }
  auto sent = co_await send_media_event(name, data);
  co_return sent;
}

Result<void> ChatPipeline::accept_media() {
  auto verdict = transcript_guard_->verdict();
  if (media_type_.empty()) {
    verdict = answer_.content_type.empty() ? guard_media(answer_.body, *config_->guard)
                                           : guard_subtitles(answer_.bytes, *config_->guard);
  }
  if (!verdict.findings.empty()) decide("guard.output", policy::action_name(verdict.action), "guard", verdict.findings);
  if (verdict.action != policy::Action::Block) return {};
  has_answer_ = false;
  return withheld();
}

io::Task<Result<void>> ChatPipeline::deliver_media() {
  if (!media_type_.empty()) {
    for (auto& [name, data] : held_events_) {
      data["millwright"] = call_members(data.storage());
      auto sent = co_await send_media_event(name, data);
      if (!sent) co_return sent;
    }
    co_return Result<void>();
  }
  if (answer_.content_type.empty()) {
    answer_.body["millwright"] = call_members(answer_.body.storage());
    outcome_.body = json::serialize(answer_.body);
  } else {
    outcome_.content_type = answer_.content_type;
    outcome_.body = std::move(answer_.bytes);
  }
  co_return Result<void>();
}

}  // namespace millwright::gateway

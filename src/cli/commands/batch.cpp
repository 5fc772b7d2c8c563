// Batches: what waits, how far it has come, starting and stopping one.
#include <condition_variable>
#include <mutex>

#include "cli/context.hpp"
#include "cli/interrupt.hpp"
#include "cli/nouns.hpp"
#include "cli/progress.hpp"

namespace millwright::cli {

namespace {

constexpr auto look_interval = std::chrono::seconds(1);

std::int64_t integer_at(const json::value& value, std::string_view path) {
  const auto found = member_at(value, path);
  return found.is_int64() ? found.get_int64() : 0;
}

bool has_ended(const json::value& batch) {
  const auto status = render_scalar(member_at(batch, "status"));
  return status == "completed" || status == "failed" || status == "expired" || status == "cancelled";
}

void print(const Context& context, const json::value& batch) {
  context.out().json(batch);
  context.out().fields(batch, {{"id", "id"},
                               {"status", "status"},
                               {"owner", "owner"},
                               {"endpoint", "endpoint"},
                               {"request_counts.total", "lines"},
                               {"request_counts.completed", "completed"},
                               {"request_counts.failed", "failed"},
                               {"millwright.cost_usd", "cost (USD)"},
                               {"millwright.deadline", "deadline"},
                               {"millwright.waits_for", "waits for"},
                               {"millwright.waits_until", "waits until"},
                               {"millwright.provider", "sent to"},
                               {"millwright.paused", "paused"},
                               {"millwright.approval", "approval"},
                               {"output_file_id", "output file"},
                               {"error_file_id", "error file"}});
  const auto faults = member_at(batch, "errors.data");
  if (!faults.is_array() || context.out().is_json()) return;
  context.out().table(json::object{{"items", faults}}, {{"line", "LINE"}, {"code", "CODE"}, {"param", "MEMBER"}, {"message", "WHAT IS WRONG"}});
}

Result<int> list(Context& context, const Arguments&) {
  auto answer = context.get_all("/api/v1/batches");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"id", "ID"},
                                {"status", "STATUS"},
                                {"owner", "OWNER"},
                                {"endpoint", "ENDPOINT"},
                                {"request_counts.total", "LINES"},
                                {"request_counts.completed", "DONE"},
                                {"request_counts.failed", "FAILED"},
                                {"millwright.cost_usd", "USD"},
                                {"millwright.deadline", "DEADLINE"}});
  return 0;
}

/// Until the batch has ended; on a terminal with a bar.
Result<json::value> wait_for(Context& context, const std::string& id) {
  const Interrupt interrupt;
  const auto began = std::chrono::steady_clock::now();
  std::mutex mutex;
  std::condition_variable_any pause;
  for (std::string shown;;) {
    auto batch = context.get("/api/v1/batches/" + encoded(id));
    if (!batch || has_ended(*batch)) return batch;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    const auto done = integer_at(*batch, "request_counts.completed") + integer_at(*batch, "request_counts.failed");
    auto text = render_scalar(member_at(*batch, "status")) + "  " +
                render_bar(done, integer_at(*batch, "request_counts.total"), elapsed);
    if (const auto paused = member_at(*batch, "millwright.paused"); paused.is_string()) {
      text = "paused  " + render_scalar(paused);
    }
    if (text != shown) context.out().note(text);
    shown = std::move(text);
    std::unique_lock lock(mutex);
    pause.wait_for(lock, interrupt.token(), look_interval, [] { return false; });
    if (interrupt.token().stop_requested()) {
      return fail(ErrorCode::Cancelled, "no longer waited for; the batch goes on: millwright batch show {}", id);
    }
  }
}

Result<int> finish(Context& context, const Arguments& arguments, json::value batch) {
  if (arguments.has("--wait")) {
    auto ended = wait_for(context, render_scalar(member_at(batch, "id")));
    if (!ended) return pass(ended);
    batch = std::move(*ended);
  }
  print(context, batch);
  return has_ended(batch) && render_scalar(member_at(batch, "status")) != "completed" ? 1 : 0;
}

Result<int> show(Context& context, const Arguments& arguments) {
  auto batch = context.get("/api/v1/batches/" + encoded(arguments.text("ID")));
  if (!batch) return pass(batch);
  if (arguments.has("--wait")) return finish(context, arguments, std::move(*batch));
  print(context, *batch);
  return 0;
}

Result<int> cancel(Context& context, const Arguments& arguments) {
  auto batch = context.post(fmt::format("/api/v1/batches/{}/cancel", encoded(arguments.text("ID"))));
  if (!batch) return pass(batch);
  print(context, *batch);
  return 0;
}

Result<int> create(Context& context, const Arguments& arguments) {
  auto bytes = read_input(arguments.text("FILE"));
  if (!bytes) return pass(bytes);
  auto path = "/api/v1/batches?key=" + encoded(arguments.text("--key"));
  if (arguments.has("--endpoint")) path += "&endpoint=" + encoded(arguments.text("--endpoint"));
  if (arguments.has("--window")) path += "&window=" + encoded(arguments.text("--window"));
  auto batch = context.post_bytes(path, std::move(*bytes));
  if (!batch) return pass(batch);
  return finish(context, arguments, std::move(*batch));
}

}  // namespace

Commands batch_commands() {
  const auto wait = flag("--wait", "Wait for its end, and fail unless it is completed; a server must be running.");
  return {
      {"batch", "list", "Batches of everybody, newest first.", {}, {"millwright batch list"}, list},
      {"batch", "show", "One batch and how far it has come.",
       {positional("ID", "The batch."), wait},
       {"millwright batch show batch_0199"}, show},
      {"batch", "create", "Runs a file of lines as a batch, with the rights and budget of a key.",
       {positional("FILE", "JSON lines {custom_id, method, url, body}, or - for standard input."),
        required_value("--key", "Id or name of the key whose rights, limits and budget hold."),
        value("--endpoint", "What each line calls; /v1/chat/completions unless given."),
        value("--window", "By when it is to be done, as 6h; 24h unless given."), wait},
       {"millwright batch create questions.jsonl --key nightly --window 12h --wait"}, create},
      {"batch", "cancel", "Starts no further line; results so far are kept.",
       {positional("ID", "The batch.")},
       {"millwright batch cancel batch_0199"}, cancel},
  };
}

}  // namespace millwright::cli

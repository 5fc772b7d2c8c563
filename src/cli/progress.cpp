#include "cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/output.hpp"

namespace millwright::cli {

namespace {

constexpr auto terminal_pause = std::chrono::milliseconds(200);
constexpr auto plain_pause = std::chrono::seconds(10);
constexpr std::int64_t bar_cells = 20;

std::int64_t integer_at(const json::value& value, std::string_view field) {
  const auto member = member_at(value, field);
  return member.is_int64() ? member.get_int64() : 0;
}

std::string render_left(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 5'400) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3'600);
}

}  // namespace

std::string render_bar(std::int64_t done, std::int64_t total, std::chrono::milliseconds elapsed) {
  const double seconds = static_cast<double>(elapsed.count()) / 1'000;
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const auto speed = rate > 0 ? fmt::format(", {:.{}f}/s", rate, rate < 10 ? 1 : 0) : std::string();
  if (total <= 0) return fmt::format("{}{}", done, speed);
  const auto shown = std::clamp<std::int64_t>(done, 0, total);
  const auto filled = static_cast<std::size_t>(bar_cells * shown / total);
  std::string bar(filled, '#');
  bar.append(static_cast<std::size_t>(bar_cells) - filled, '.');
  const auto left = rate > 0 && shown < total
                        ? fmt::format(", {} left", render_left(static_cast<double>(total - shown) / rate))
                        : std::string();
  return fmt::format("[{}] {:>3} %  {} of {}{}{}", bar, 100 * shown / total, shown, total, speed, left);
}

Progress::Progress(Ask ask, std::string_view kind, std::string_view object)
    : ask_(std::move(ask)), kind_(kind), object_(object), is_terminal_(isatty(STDERR_FILENO) == 1),
      began_(std::chrono::steady_clock::now()), thread_([this]() { run(); }) {}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_all();
  thread_.join();
  if (has_drawn_ && is_terminal_) std::fputs("\r\x1b[K", stderr);
}

void Progress::run() {
  std::unique_lock lock(mutex_);
  const std::chrono::milliseconds pause = is_terminal_ ? terminal_pause : plain_pause;
  while (!wake_.wait_for(lock, pause, [this]() { return is_over_; })) {
    lock.unlock();
    show();
    lock.lock();
  }
}

void Progress::show() {
  const auto answer = ask_();
  if (!answer) return;   // the work itself says what is wrong
  json::value newest;
  const auto jobs = member_at(*answer, "items");
  if (!jobs.is_array()) return;
  for (const auto& job : jobs.get_array()) {
    if (render_scalar(member_at(job, "kind")) == kind_ && render_scalar(member_at(job, "object")) == object_)
      newest = job;
  }
  if (newest.is_null()) return;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_);
  const auto bar = render_bar(integer_at(newest, "done"), integer_at(newest, "total"), elapsed);
  std::fprintf(stderr, is_terminal_ ? "\r%s %s\x1b[K" : "%s %s\n", object_.c_str(), bar.c_str());
  std::fflush(stderr);
  has_drawn_ = true;
}

}  // namespace millwright::cli

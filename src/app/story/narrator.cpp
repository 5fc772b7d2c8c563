#include "app/story/narrator.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/output.hpp"

namespace millwright::app::story {

namespace {

constexpr std::size_t line_width = 108;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// Breaks at spaces so that no line is wider than the terminal of a reader.
std::string wrapped(std::string_view text, std::string_view indent) {
  std::string result;
  for (const auto paragraph : split(text, '\n')) {
    std::size_t width = 0;
    result += indent;
    for (const auto word : split(paragraph, ' ')) {
      if (width > 0 && width + 1 + word.size() > line_width - indent.size()) {
        result += fmt::format("\n{}", indent);
        width = 0;
      } else if (width > 0) {
        result += ' ';
        ++width;
      }
      result += word;
      width += word.size();
    }
    result += '\n';
  }
  return result;
}

}  // namespace

Narrator::Narrator() : is_terminal_(isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {}

std::string Narrator::styled(std::string_view code, std::string_view text) const {
  return is_terminal_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string Narrator::bold(std::string_view text) const { return styled("1", text); }

void Narrator::chapter(std::string_view title) { print(fmt::format("\n{}\n", bold(fmt::format("{}. {}", ++chapters_, title)))); }

void Narrator::say(std::string_view text) { print(wrapped(text, "   ")); }

void Narrator::show(std::string_view text) { print(fmt::format("   {}\n", text)); }

void Narrator::quote(std::string_view text) { print(styled("36", wrapped(text, "   | "))); }

void Narrator::table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (const auto line : split(cli::render_table(titles, rows), '\n')) {
    if (!line.empty()) text += fmt::format("   {}\n", line);
  }
  print(text);
}

void Narrator::claim(bool is_true, std::string_view text) {
  ++claims_;
  broken_ += is_true ? 0 : 1;
  print(fmt::format("   {} {}\n", is_true ? styled("32", "✔") : styled("1;31", "✘ NOT SO:"),
                    collapsed_whitespace(text)));
}

void Narrator::progress(std::string_view what, std::int64_t done, std::int64_t total) {
  if (!is_terminal_ || total <= 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (done < total && now - last_bar_ < std::chrono::milliseconds(50)) return;
  last_bar_ = now;
  has_bar_ = true;
  constexpr std::int64_t width = 40;
  const auto filled = static_cast<std::size_t>(width * done / total);
  print(fmt::format("\r   {:<12} [{:<40}] {}/{}\x1b[K", utf8_prefix(what, 12), std::string(filled, '#'), done, total));
}

void Narrator::end_progress() {
  if (has_bar_) print("\r\x1b[K");
  has_bar_ = false;
}

std::string render_megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

std::string render_elapsed(std::chrono::steady_clock::duration elapsed) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
  if (micros < 1000) return fmt::format("{} µs", micros);
  if (micros < 1'000'000) return fmt::format("{:.1f} ms", static_cast<double>(micros) / 1000);
  return fmt::format("{:.2f} s", static_cast<double>(micros) / 1e6);
}

}  // namespace millwright::app::story

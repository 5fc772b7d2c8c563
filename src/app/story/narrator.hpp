// How the story is told: chapters, figures, tables, progress bars, and claims that are checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millwright::app::story {

class Narrator {
 public:
  Narrator();

  void chapter(std::string_view title);
  void say(std::string_view text);
  /// As it is, for copying: a long line is not broken.
  void show(std::string_view text);
  /// Indented, as something quoted.
  void quote(std::string_view text);
  void table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows);
  /// Prints what is claimed with a tick or a cross. A false claim makes the story end with status 1.
  void claim(bool is_true, std::string_view text);
  void fail(std::string_view text) { claim(false, text); }
  /// A bar on a terminal; nothing elsewhere, but for the last line.
  void progress(std::string_view what, std::int64_t done, std::int64_t total);
  void end_progress();

  [[nodiscard]] int claims() const { return claims_; }
  [[nodiscard]] int broken_claims() const { return broken_; }
  [[nodiscard]] std::string bold(std::string_view text) const;

 private:
  [[nodiscard]] std::string styled(std::string_view code, std::string_view text) const;

  bool is_terminal_;
  int chapters_ = 0;
  int claims_ = 0;
  int broken_ = 0;
  bool has_bar_ = false;
  std::chrono::steady_clock::time_point last_bar_{};
};

/// "2.1 ms", "430 µs", "1.2 s".
[[nodiscard]] std::string render_elapsed(std::chrono::steady_clock::duration elapsed);

/// "3.8 MB".
[[nodiscard]] std::string render_megabytes(std::uint64_t bytes);

}  // namespace millwright::app::story

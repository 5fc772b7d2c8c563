#include <unistd.h>

#include <cerrno>
#include <exception>

#include "io/sandbox/enter.hpp"
#include "io/sandbox/frame.hpp"

namespace millwright::io::sandbox {
namespace {

enum class Input : std::uint8_t { Complete, Ended, Broken };

Input read_exactly(char* bytes, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t part = ::read(STDIN_FILENO, bytes + got, size - got);
    if (part == 0) return got == 0 ? Input::Ended : Input::Broken;
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return Input::Broken;
    got += static_cast<std::size_t>(part);
  }
  return Input::Complete;
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t part = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(part));
  }
  return true;
}

std::string answered(const std::function<std::string(std::string_view)>& answer, std::string_view frame) {
  try {
    return answer_is_good + answer(frame);
  } catch (const std::exception& e) {
    return std::string(1, answer_is_failure) + e.what();
  } catch (...) {
    return std::string(1, answer_is_failure) + "unknown exception";
  }
}

}  // namespace

int serve_frames(const Limits& limits, const std::function<std::string(std::string_view)>& answer) {
  if (!enter_as(limits, CpuLimit::PerCall)) return 1;
  std::array<char, frame_head_bytes> head{};
  std::string frame;
  while (true) {
    const Input start = read_exactly(head.data(), head.size());
    if (start != Input::Complete) return start == Input::Ended ? 0 : 1;
    const std::size_t size = frame_size(std::string_view(head.data(), head.size()));
    if (size > limits.input_bytes_max) return 1;
    frame.resize(size);
    if (read_exactly(frame.data(), size) == Input::Broken) return 1;
    const std::string reply = answered(answer, frame);
    const auto reply_head = frame_head(reply.size());
    if (!write_all(std::string_view(reply_head.data(), reply_head.size())) || !write_all(reply)) return 1;
    if (frame.capacity() > (1u << 20)) frame = std::string();
  }
}

}  // namespace millwright::io::sandbox

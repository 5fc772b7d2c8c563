#include "io/sandbox/sandbox.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/temp_directory.hpp"

namespace millwright::io::sandbox {
namespace {

constexpr std::string_view child_mark = "sandbox-test-child:";

std::string read_input() {
  std::string input;
  std::array<char, 65536> bytes;
  for (ssize_t size = 0; (size = ::read(0, bytes.data(), bytes.size())) > 0;) {
    input.append(bytes.data(), static_cast<std::size_t>(size));
  }
  return input;
}

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(1, text.data(), text.size());
    if (size <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

[[noreturn]] void spin() {
  for (volatile std::uint64_t i = 0;; i = i + 1) continue;
}

void eat_memory() {
  std::vector<std::unique_ptr<char[]>> eaten;
  while (true) {
    eaten.push_back(std::make_unique_for_overwrite<char[]>(8u << 20));
    eaten.back()[0] = 1;
  }
}

std::string attempt(const char* name, bool succeeded) {
  return std::string(name) + (succeeded ? " SUCCEEDED\n" : " refused\n");
}

/// What a document that took its reader over would try.
std::string try_everything(const std::string& writable) {
  std::string report;
  report += attempt("socket", ::socket(AF_INET, SOCK_STREAM, 0) >= 0);
  report += attempt("unix socket", ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
  const pid_t forked = ::fork();
  if (forked == 0) ::_exit(0);
  report += attempt("fork", forked > 0);
  char* const arguments[] = {const_cast<char*>("/bin/true"), nullptr};
  ::execv("/bin/true", arguments);
  report += attempt("exec", false);
  report += attempt("write file", ::open(writable.c_str(), O_WRONLY | O_CREAT, 0600) >= 0);
  report += attempt("read user file", ::open(writable.c_str(), O_RDONLY) >= 0);
  report += attempt("read passwords", ::open("/etc/passwd", O_RDONLY) >= 0);
  report += attempt("read environment", ::open("/proc/self/environ", O_RDONLY) >= 0);
  report += attempt("unlink", ::unlink(writable.c_str()) == 0);
  report += attempt("kill parent", ::kill(::getppid(), 0) == 0);
  report += attempt("executable memory", ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  report += attempt("inherited descriptor", ::fcntl(3, F_GETFD) >= 0);
  report += attempt("inherited environment", std::getenv("MILLWRIGHT_TEST_SECRET") != nullptr);
  try {
    std::thread([] {}).join();
    report += attempt("thread", true);
  } catch (const std::system_error&) {
    report += attempt("thread", false);
  }
  return report;
}

std::string answer_frame(std::string_view frame) {
  if (frame == "throw") throw std::runtime_error("a broken document");
  if (frame == "crash") std::raise(SIGSEGV);
  if (frame == "exit") ::_exit(0);
  if (frame == "spin") spin();
  if (frame == "eat") eat_memory();
  if (frame == "long") return std::string(2u << 20, 'x');
  if (frame == "pid") return std::to_string(::getpid());
  return "<" + std::string(frame) + ">";
}

Limits small_limits() {
  Limits limits;
  limits.memory_bytes_max = 512u << 20;
  limits.cpu_max = std::chrono::seconds(1);
  limits.wall_max = std::chrono::milliseconds(5'000);
  limits.input_bytes_max = 4u << 20;
  limits.output_bytes_max = 1u << 20;
  return limits;
}

int act_as_child(const std::string& verb) {
  if (verb == "frames") return serve_frames(small_limits(), answer_frame);
  if (!enter(small_limits())) return 9;
  const std::string input = verb == "deaf" ? "" : read_input();
  if (verb == "echo" || verb == "deaf") say("<" + input + ">");
  if (verb == "spin") spin();
  if (verb == "sleep") {
    const timespec time{3600, 0};
    ::nanosleep(&time, nullptr);
  }
  if (verb == "eat") eat_memory();
  if (verb == "flood") {
    while (true) say(std::string(65536, 'x'));
  }
  if (verb == "abort") std::abort();
  if (verb == "status") return 7;
  if (verb == "everything") say(try_everything(input));
  if (verb == "fonts") say(::access("/usr", R_OK) == 0 || errno == EPERM ? "done" : "odd");
  return 0;
}

/// The tests' own binary is the program that is started anew: the verb is its only argument.
__attribute__((constructor)) void become_child(int count, char** arguments) {
  if (count != 2) return;
  const std::string_view argument = arguments[1] != nullptr ? arguments[1] : "";
  const std::string_view first = arguments[0] != nullptr ? arguments[0] : "";
  const std::string_view verb = argument.starts_with(child_mark) ? argument : first;
  if (!verb.starts_with(child_mark)) return;
  ::_exit(act_as_child(std::string(verb.substr(child_mark.size()))));
}

std::string own_program() {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  return std::string(path.data(), static_cast<std::size_t>(size));
}

std::string verb(std::string_view name) { return std::string(child_mark) + std::string(name); }

Result<std::string> run_child(std::string_view name, std::string_view input, const Limits& limits = small_limits()) {
  return run(own_program(), verb(name), input, limits);
}

TEST(Sandbox, PassesBytesThrough) {
  const auto output = run_child("echo", "hello");
  ASSERT_TRUE(output) << describe(output.error());
  EXPECT_EQ(*output, "<hello>");
  EXPECT_EQ(run_child("echo", "").value_or("failed"), "<>");
  const std::string large(900'000, 'y');
  EXPECT_EQ(run_child("echo", large).value_or("failed"), "<" + large + ">");
}

TEST(Sandbox, AChildNeedNotReadItsInput) {
  EXPECT_EQ(run_child("deaf", std::string(3u << 20, 'y')).value_or("failed"), "<>");
}

TEST(Sandbox, NothingButReadingAndAnsweringIsAllowed) {
  const test::TempDirectory folder;
  const auto secret = folder.write("secret", "key");
  ::setenv("MILLWRIGHT_TEST_SECRET", "x", 1);
  const int inherited = ::open("/dev/null", O_RDONLY);   // not close-on-exec, on purpose
  const auto report = run_child("everything", secret.string());
  ::close(inherited);
  ::unsetenv("MILLWRIGHT_TEST_SECRET");
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->find("SUCCEEDED"), std::string::npos) << *report;
  EXPECT_NE(report->find("thread refused"), std::string::npos) << "the last attempt was made";
  EXPECT_TRUE(std::filesystem::exists(secret));
}

TEST(Sandbox, EveryEndHasItsMeaning) {
  Limits quick = small_limits();
  quick.wall_max = std::chrono::milliseconds(300);
  Limits patient = small_limits();
  patient.wall_max = std::chrono::minutes(2);   // a second of CPU may take long on a busy machine
  const struct {
    const char* verb;
    Limits limits;
    ErrorCode code;
    const char* message;
  } cases[] = {
      {"spin", patient, ErrorCode::Timeout, "CPU"},
      {"sleep", quick, ErrorCode::Timeout, "too long"},
      {"flood", small_limits(), ErrorCode::TooLarge, "output"},
      {"abort", small_limits(), ErrorCode::Corrupt, "SIGABRT"},
      {"status", small_limits(), ErrorCode::Corrupt, "status 7"},
  };
  for (const auto& each : cases) {
    const auto output = run_child(each.verb, "x", each.limits);
    ASSERT_FALSE(output) << each.verb;
    EXPECT_EQ(output.error().code, each.code) << each.verb << ": " << output.error().message;
    EXPECT_NE(output.error().message.find(each.message), std::string::npos) << output.error().message;
  }
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MILLWRIGHT_MEMORY_IS_UNLIMITED 1
#endif
#endif
#ifndef MILLWRIGHT_MEMORY_IS_UNLIMITED
TEST(Sandbox, MemoryIsBounded) {
  const auto output = run_child("eat", "x");
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::TooLarge) << output.error().message;
  EXPECT_NE(output.error().message.find("memory"), std::string::npos);
  WorkerPool pool(own_program(), verb("frames"), 1, small_limits());
  const auto answer = pool.call("eat");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::TooLarge) << answer.error().message;
}
#endif

TEST(Sandbox, InputIsBounded) {
  const auto output = run_child("echo", std::string(5u << 20, 'x'));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::TooLarge);
}

TEST(Sandbox, AMissingProgramIsUnavailable) {
  const auto output = run("/no/such/program", "x", "", small_limits());
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, ErrorCode::Unavailable);
}

TEST(WorkerPool, ServesManyFramesWithOneChild) {
  WorkerPool pool(own_program(), verb("frames"), 1, small_limits());
  for (int i = 0; i < 50; ++i) {
    const auto answer = pool.call("frame " + std::to_string(i));
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ(*answer, "<frame " + std::to_string(i) + ">");
  }
  EXPECT_EQ(pool.call("").value_or("failed"), "<>");
  const std::string large(900'000, 'y');
  EXPECT_EQ(pool.call(large).value_or("failed"), "<" + large + ">");
  EXPECT_EQ(pool.started(), 1u);
}

TEST(WorkerPool, ABrokenFrameCostsOneChildAndNoOtherFrame) {
  const struct {
    const char* frame;
    ErrorCode code;
    std::uint64_t children;   // after it and one good frame
  } cases[] = {
      {"throw", ErrorCode::Internal, 1}, {"crash", ErrorCode::Corrupt, 2}, {"exit", ErrorCode::Corrupt, 2},
      {"spin", ErrorCode::Timeout, 2},   {"long", ErrorCode::TooLarge, 2},
  };
  for (const auto& each : cases) {
    WorkerPool pool(own_program(), verb("frames"), 1, small_limits());
    const auto broken = pool.call(each.frame);
    ASSERT_FALSE(broken) << each.frame;
    EXPECT_EQ(broken.error().code, each.code) << each.frame << ": " << broken.error().message;
    EXPECT_EQ(pool.call("next").value_or("failed"), "<next>") << each.frame;
    EXPECT_EQ(pool.started(), each.children) << each.frame;
  }
}

TEST(WorkerPool, ReplacesWornChildren) {
  WorkerPool pool(own_program(), verb("frames"), 1, small_limits(), {.calls_max = 3});
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(pool.call("x"));
  EXPECT_EQ(pool.started(), 3u);
}

TEST(WorkerPool, CallersShareTheChildren) {
  WorkerPool pool(own_program(), verb("frames"), 2, small_limits());
  std::vector<std::thread> callers;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&pool, &good, i] {
      for (int j = 0; j < 20; ++j) {
        const std::string frame = std::to_string(i) + "/" + std::to_string(j);
        if (pool.call(frame).value_or("failed") == "<" + frame + ">") ++good;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(good, 160);
  EXPECT_LE(pool.started(), 2u);
}

}  // namespace
}  // namespace millwright::io::sandbox

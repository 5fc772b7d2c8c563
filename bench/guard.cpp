// Speed of the guard on ordinary text, and precision and recall of its detectors on labelled data.
//
// Labelled data is read from $MILLWRIGHT_DATA (pii/presidio_generated_large.json, injection/*.json); without it, only
// speed is measured, and a line says so. One JSON object a line.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/json.hpp"
#include "extensions/guardrails/all.hpp"
#include "extensions/parsers/all.hpp"
#include "features/policy/config.hpp"

namespace {

using namespace millwright;
using namespace millwright::policy;
using Steady = std::chrono::steady_clock;

/// Time of this thread on a core: what a neighbour on the machine does must not count.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }
double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

/// Sentences of an office's day, with a finding now and then, as prompts have them.
std::string ordinary_text(std::size_t bytes) {
  const std::vector<std::string> sentences{
      "The printer on the third floor reports a paper jam although the tray was refilled this morning. ",
      "Please summarise the attached minutes and list every decision together with its owner and date. ",
      "After the update to version 10.0.19041 the client asks for the proxy again, see ticket 48213. ",
      "Our office opened in 1998 and moved in 2014; some 1,250 people work there on 5 floors. ",
      "func handler(w http.ResponseWriter, r *http.Request) { log.Printf(\"%s %s\", r.Method, r.URL.Path) }\n",
      "Reset the password in the self-service portal, wait 15 minutes, and sign in with the new one. ",
      "If the VPN does not connect, check that the clock is right and that the certificate has not expired. ",
      "Write to support.desk@example.org or call +49 30 901820 when the problem persists. ",
      "Die Rechnung vom 14. März ist noch offen, bitte prüfen Sie die Buchung bis Freitag. "};
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) text += sentences[(i * 7 + i / 9) % sentences.size()];
  text.resize(bytes);
  return text;
}

/// Lines of a system log: numbers, addresses and dates in every one, and nothing to find.
std::string log_text(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) {
    text += fmt::format("2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z host-{} sshd[{}]: connection from 10.{}.{}.{} port {} "
                        "took {} ms, {} bytes, request {:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}\n",
                        i % 12 + 1, i % 28 + 1, i % 24, i * 7 % 60, i * 13 % 60, i * 7919 % 1'000'000, i % 40,
                        1000 + i * 31 % 60'000, i % 200, i * 3 % 256, i * 17 % 256, 1024 + i * 997 % 64'000, i * 37 % 900,
                        i * 104'729 % 9'000'000, i * 2'654'435'761u % 4'294'967'296u, i % 65'536, i % 4'096,
                        i * 3 % 4'096, i * 1'099'511'627'689u % 281'474'976'710'656u);
  }
  text.resize(bytes);
  return text;
}

/// The pages of the corpus as their parser reads them, in blocks; empty without one.
std::string handbook_text() {
  namespace fs = std::filesystem;
  const char* folder = std::getenv("MILLWRIGHT_CORPUS");
  const fs::path pages = fs::path(folder != nullptr ? folder : ".millwright/corpus") / "debian-handbook";
  std::string text;
  std::error_code absent;
  const auto parsers = extensions::make_parsers();
  for (const auto& entry : fs::recursive_directory_iterator(pages, absent)) {
    if (entry.path().extension() != ".html") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string page((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto document = ingestion::parse_document(parsers, "page.html", page, {});
    if (!document) continue;
    for (const auto& block : document->blocks) text += block.text + "\n";
  }
  return text;
}

void print_bar(std::string_view bar, double value, bool is_met) {
  std::cout << fmt::format(R"({{"benchmark":"guard","bar":"{}","value":{:.1f},"met":{}}})", bar, value, is_met) << "\n";
}

/// Megabytes a second of a core.
double print_speed(const Guard& guard, const char* name, const std::string& text, Direction direction) {
  std::size_t scanned = 0, findings = 0;
  const double start = cpu_seconds();
  while (cpu_seconds() - start < 1.0) {
    findings += guard.scan(text, direction).findings.size();
    scanned += text.size();
  }
  const double mb_s = static_cast<double>(scanned) / 1e6 / (cpu_seconds() - start);
  std::cout << fmt::format(
                   R"({{"benchmark":"guard.scan","text":"{}","mb_per_core_s":{:.0f},"findings_per_kb":{:.3f}}})", name,
                   mb_s, static_cast<double>(findings) * 1024 / static_cast<double>(scanned))
            << "\n";
  return mb_s;
}

/// Scan and redaction of prompts that all differ, as prompts do; the 99th percentile in microseconds.
double print_latency(const Guard& guard, const char* name, const std::string& text, std::size_t bytes) {
  std::vector<double> micros;
  for (std::size_t i = 0; i < 20'000; ++i) {
    const std::string_view prompt = std::string_view(text).substr(i * 8'191 % (text.size() - bytes), bytes);
    const auto start = Steady::now();
    const ScanResult result = guard.scan(prompt, Direction::Input);
    const std::string redacted = guard.redact(prompt, result);
    micros.push_back(seconds_since(start) * 1e6);
  }
  std::ranges::sort(micros);
  std::cout << fmt::format(
                   R"({{"benchmark":"guard.prompt","text":"{}","bytes":{},"p50_us":{:.1f},"p99_us":{:.1f}}})", name,
                   bytes, micros[micros.size() / 2], micros[micros.size() * 99 / 100])
            << "\n";
  return micros[micros.size() * 99 / 100];
}

void print_stream(const Guard& guard) {
  const std::string text = ordinary_text(200'000);
  std::size_t held_max = 0, released = 0;
  StreamGuard stream(guard, Direction::Output);
  const double start = cpu_seconds();
  for (std::size_t at = 0; at < text.size(); at += 4) {
    released += stream.feed(std::string_view(text).substr(at, 4)).size();
    held_max = std::max(held_max, at + 4 > released ? at + 4 - released : 0);
  }
  released += stream.finish().size();
  std::cout << fmt::format(
                   R"({{"benchmark":"guard.stream","piece_bytes":4,"us_per_piece":{:.2f},"held_bytes_max":{}}})",
                   (cpu_seconds() - start) * 1e6 / (static_cast<double>(text.size()) / 4), held_max)
            << "\n";
}

std::optional<json::value> load_json(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  auto value = parse_json(text, {.bytes_max = 256u << 20, .depth_max = 64});
  if (!value) return std::nullopt;
  return std::move(*value);
}

/// Byte offset of every code point, and the end: the data counts code points.
std::vector<std::size_t> code_point_offsets(std::string_view text) {
  std::vector<std::size_t> offsets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u) offsets.push_back(i);
  }
  offsets.push_back(text.size());
  return offsets;
}

struct Count {
  std::size_t labelled = 0, found = 0, right = 0, reached = 0;
};

struct Labelled {
  std::string type;
  std::size_t start, end;
};

/// A finding is right when it lies on a label of its type, at least half of it; a label is reached when a finding does.
void compare(const std::string& text, const std::vector<Labelled>& labels, const std::vector<Finding>& findings,
             const std::vector<std::string>& types, bool is_verbose, std::map<std::string, Count>& counts) {
  const auto shared = [](std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
    const std::size_t low = std::max(a, c), high = std::min(b, d);
    return high > low ? high - low : 0;
  };
  for (const std::string& type : types) {
    Count& count = counts[type];
    for (const Labelled& label : labels) {
      if (label.type != type) continue;
      ++count.labelled;
      const bool is_reached = std::ranges::any_of(findings, [&](const Finding& f) {
        return f.type == type && 2 * shared(f.start, f.end, label.start, label.end) >= label.end - label.start;
      });
      if (is_reached)
        ++count.reached;
      else if (is_verbose)
        std::cerr << "missed " << type << ": " << text.substr(label.start, label.end - label.start) << "\n";
    }
    for (const Finding& f : findings) {
      if (f.type != type) continue;
      ++count.found;
      const bool is_right = std::ranges::any_of(labels, [&](const Labelled& label) {
        return label.type == type && 2 * shared(f.start, f.end, label.start, label.end) >= f.end - f.start;
      });
      if (is_right)
        ++count.right;
      else if (is_verbose) {
        const std::size_t from = f.start > 40 ? f.start - 40 : 0;
        std::cerr << "false " << type << " " << f.score << ": " << text.substr(from, f.end - from) << "\n";
      }
    }
  }
}

void print_quality(const Guard& guard, const std::string& folder, bool is_verbose) {
  const auto data = load_json(folder + "/pii/presidio_generated_large.json");
  if (!data || !data->is_array()) {
    std::cout << R"({"benchmark":"guard.quality","skipped":"no pii/presidio_generated_large.json in MILLWRIGHT_DATA"})"
                 "\n";
    return;
  }
  const std::map<std::string, std::string, std::less<>> names{{"EMAIL_ADDRESS", "email"},
                                                              {"CREDIT_CARD", "credit_card"},
                                                              {"IBAN_CODE", "iban"},
                                                              {"PHONE_NUMBER", "phone"},
                                                              {"US_SSN", "us_ssn"}};
  const std::vector<std::string> types{"email", "credit_card", "iban", "phone", "us_ssn"};
  std::map<std::string, Count> counts;
  for (const json::value& sample : data->get_array()) {
    const std::string text(string_member(sample.get_object(), "full_text"));
    const auto offsets = code_point_offsets(text);
    std::vector<Labelled> labels;
    for (const json::value& span : sample.get_object().at("spans").get_array()) {
      const auto name = names.find(string_member(span.get_object(), "entity_type"));
      const auto start = static_cast<std::size_t>(span.at("start_position").to_number<std::int64_t>());
      const auto end = static_cast<std::size_t>(span.at("end_position").to_number<std::int64_t>());
      if (name != names.end() && end < offsets.size()) labels.push_back({name->second, offsets[start], offsets[end]});
    }
    compare(text, labels, guard.scan(text, Direction::Document).findings, types, is_verbose, counts);
  }
  for (const std::string& type : types) {
    const Count& count = counts[type];
    std::cout
        << fmt::format(
               R"({{"benchmark":"guard.quality","entity":"{}","labelled":{},"precision":{:.3f},"recall":{:.3f}}})",
               type, count.labelled,
               count.found == 0 ? 0 : static_cast<double>(count.right) / static_cast<double>(count.found),
               count.labelled == 0 ? 0 : static_cast<double>(count.reached) / static_cast<double>(count.labelled))
        << "\n";
  }
}

void print_injection(const Guard& guard, const std::string& folder, const std::string& file, std::string_view member,
                     bool is_verbose) {
  const auto data = load_json(folder + "/injection/" + file);
  if (!data || !data->is_array()) {
    std::cout << fmt::format(R"({{"benchmark":"guard.injection","skipped":"no injection/{} in MILLWRIGHT_DATA"}})",
                             file)
              << "\n";
    return;
  }
  std::size_t flagged = 0, blocked = 0, total = 0;
  for (const json::value& sample : data->get_array()) {
    const std::string_view text = string_member(sample.get_object(), member);
    const ScanResult result = guard.scan(text, Direction::Input);
    const bool is_flagged = std::ranges::any_of(result.findings, [](const Finding& f) {
      return f.type.starts_with("injection.") || f.type.starts_with("hidden_text.");
    });
    if (is_flagged && is_verbose)
      std::cerr << "flagged (" << result.findings[0].type << "): " << text.substr(0, 160) << "\n";
    flagged += is_flagged ? 1 : 0;
    blocked += result.verdict == Action::Block ? 1 : 0;
    ++total;
  }
  std::cout << fmt::format(R"({{"benchmark":"guard.injection","data":"{}","texts":{},"flagged":{},"blocked":{}}})",
                           file, total, flagged, blocked)
            << "\n";
}

/// The slowest text that people write, and the slowest prompt, are what the bars hold.
void print_all_speeds(const Guard& guard) {
  const std::string ordinary = ordinary_text(1'000'000), log = log_text(1'000'000), handbook = handbook_text();
  double slowest = print_speed(guard, "ordinary 1 MB", ordinary, Direction::Input);
  slowest = std::min(slowest, print_speed(guard, "ordinary 1 MB, output", ordinary, Direction::Output));
  slowest = std::min(slowest, print_speed(guard, "ordinary 8 KB", ordinary_text(8'192), Direction::Input));
  double prompt = 0;
  const auto print_prompts = [&guard, &prompt](const char* name, const std::string& text) {
    print_latency(guard, name, text, 1'024);
    prompt = std::max(prompt, print_latency(guard, name, text, 8'192));
  };
  print_prompts("ordinary", ordinary);
  if (handbook.size() > 100'000) {
    slowest = std::min(slowest, print_speed(guard, "handbook", handbook, Direction::Input));
    print_prompts("handbook", handbook);
  } else {
    std::cout << R"({"benchmark":"guard.scan","text":"handbook","skipped":"no corpus"})"
                 "\n";
  }
  print_bar("detectors >= 200 MB/s a core on prose", slowest, slowest >= 200);
  print_speed(guard, "log lines 1 MB", log, Direction::Input);
  print_prompts("log lines", log);
  print_bar("8 KB prompt < 1000 us p99", prompt, prompt < 1'000);
  print_stream(guard);
}

}  // namespace

int main(int count, char** arguments) {
  const bool is_verbose = count > 1 && std::string_view(arguments[1]) == "--verbose";
  const auto compile_start = Steady::now();
  auto guard = make_guard(config::Node{}, extensions::all_guardrails());
  if (!guard) {
    std::cerr << describe(guard.error()) << "\n";
    return 1;
  }
  std::cout << fmt::format(R"({{"benchmark":"guard.compile","ms":{:.0f}}})", seconds_since(compile_start) * 1e3)
            << "\n";
  print_all_speeds(**guard);
  const char* folder = std::getenv("MILLWRIGHT_DATA");
  if (folder == nullptr) {
    std::cout << R"({"benchmark":"guard.quality","skipped":"MILLWRIGHT_DATA is not set"})"
                 "\n";
    return 0;
  }
  print_quality(**guard, folder, is_verbose);
  print_injection(**guard, folder, "purplellama_prompt_injection.json", "user_input", is_verbose);
  print_injection(**guard, folder, "notinject_one.json", "prompt", is_verbose);
  return 0;
}

// Fuzzes the parser of server-sent events: every cutting of the same bytes gives the same events and the same end.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "io/sse/sse.hpp"

namespace {

using millwright::io::sse::Event;
using millwright::io::sse::Parser;

struct Outcome {
  std::vector<Event> events;
  bool has_failed = false;
  bool has_partial = false;
};

Outcome parse_in_pieces(std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  Parser parser(4096);
  while (!bytes.empty() && !outcome.has_failed) {
    outcome.has_failed = !parser.feed(bytes.substr(0, piece)).has_value();
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (Event event; parser.next(event);) outcome.events.push_back(event);
  }
  outcome.has_partial = parser.has_partial();
  return outcome;
}

bool is_same(const Event& a, const Event& b) { return a.name == b.name && a.data == b.data && a.id == b.id; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > (64u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = parse_in_pieces(bytes, bytes.size());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + data[0] % 7}) {
    const Outcome cut = parse_in_pieces(bytes, piece);
    if (cut.has_failed != whole.has_failed || cut.events.size() != whole.events.size()) std::abort();
    if (!whole.has_failed && cut.has_partial != whole.has_partial) std::abort();
    for (std::size_t i = 0; i < cut.events.size(); ++i) {
      if (!is_same(cut.events[i], whole.events[i])) std::abort();
    }
  }
  return 0;
}

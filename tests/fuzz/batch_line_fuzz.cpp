// Fuzzes what reads the lines of batches, ours and a provider's: whatever the bytes, it never crashes; a line that is read
// has all it needs, and its result is one line of JSON.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/openai_batches.hpp"
#include "features/batches/line.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright;
  if (size > (8u << 10)) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto line = batches::parse_line(bytes, 1, "/v1/chat/completions");
  if (line) {
    if (line->custom_id.empty() || string_member(line->body, "model").empty()) std::abort();
    const auto result = batches::render_answer("0a", line->custom_id, 200, json::serialize(line->body));
    if (result.find('\n') != std::string::npos || !parse_json_object(result, {1u << 20, 96})) std::abort();
  } else if (line.error().code.empty() || line.error().line != 1) {
    std::abort();
  }
  batches::InputCheck check("/v1/chat/completions");
  std::int64_t number = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = std::min(bytes.find('\n', at), bytes.size());
    if (!check.add(bytes.substr(at, end - at), ++number)) break;
    at = end + 1;
  }
  check.finish();
  if (check.faults().size() > batches::faults_max) std::abort();
  std::vector<gateway::BatchItemResult> results;
  extensions::read_openai_batch_lines(bytes, "acme", results);
  for (const auto& result : results) {
    if (result.id.empty()) std::abort();
  }
  return 0;
}

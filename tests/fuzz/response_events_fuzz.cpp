// Any JSON values as the chunks of an answer, a line each: events without gaps, every item that is opened is closed.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "api/openai/responses_builder.hpp"
#include "base/text.hpp"

using namespace millwright;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::int64_t next = 0;
  std::set<std::string> open;
  const auto on_event = [&](std::string_view type, const json::object& event) {
    ensure(event.at("sequence_number") == next, "numbers have no gaps");
    ++next;
    if (type == "response.output_item.added") open.insert(json::serialize(event.at("output_index")));
    if (type == "response.output_item.done") {
      ensure(open.erase(json::serialize(event.at("output_index"))) == 1, "what is done was added");
    }
  };
  api::openai::ResponseBuilder builder({"resp_0", 0, "m", {}, false}, on_event);
  builder.begin();
  for (const auto line : split(text, '\n')) {
    auto chunk = parse_json_object(line, {.bytes_max = 1u << 16, .depth_max = 32});
    if (chunk) builder.feed(*chunk);
  }
  if (size % 2 == 0)
    builder.end(0);
  else
    builder.end_failed({});
  builder.say_end();
  ensure(open.empty(), "every item is closed");
  return 0;
}

// What Bedrock's binary streams hold, as JSON, for calls that are passed through: the payloads of ConverseStream, and
// what is inside the chunks of InvokeModelWithResponseStream.
#pragma once

#include <memory>
#include <string_view>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Nothing for any type but application/vnd.amazon.eventstream. Exceptions among the events are left out: they tell no
/// usage.
[[nodiscard]] std::unique_ptr<gateway::RawFrames> make_bedrock_frames(std::string_view content_type);

}  // namespace millwright::extensions

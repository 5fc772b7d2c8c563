// The waits around the room for calls: for a place in it, and for news of how late the loops are.
#pragma once

#include <memory>
#include <optional>

#include "features/gateway/call_room.hpp"
#include "io/http/client.hpp"
#include "io/loop/runtime.hpp"

namespace millwright::gateway {

/// Waits for a place as long as the room's queue allows. Nothing when none came in time, the queue is full, or the
/// caller went away. `cancellation` belongs to the loop that waits.
[[nodiscard]] io::Task<std::optional<RoomPlace>> wait_for_place(CallRoom& room, Priority priority,
                                                                const io::http::Cancellation& cancellation);

/// Looks at every loop some times a second and tells the room how late it was, until the runtime ends.
void watch_loops(io::Runtime& runtime, const std::shared_ptr<CallRoom>& room);

}  // namespace millwright::gateway

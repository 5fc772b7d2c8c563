// Tells the service manager how it goes (the sd_notify protocol: one datagram), where there is one.
#pragma once

#include <string_view>

namespace millwright::app {

/// "READY=1", "RELOADING=1", "STOPPING=1", "STATUS=…". Does nothing without NOTIFY_SOCKET.
/// https://www.freedesktop.org/software/systemd/man/sd_notify.html
void notify_service_manager(std::string_view state);

}  // namespace millwright::app

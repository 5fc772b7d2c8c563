#include "app/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>

#include <spdlog/spdlog.h>

namespace millwright::app {

void allow_open_files(std::int64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const auto enough = static_cast<rlim_t>(wanted);
  if (limit.rlim_cur >= enough) return;
  limit.rlim_cur = std::min(enough, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < enough) {
    spdlog::warn("server.limits.connections asks for {} open files, the system allows {}; raise the limit (LimitNOFILE of "
                 "the service, or ulimit -n) or lower the option",
                 wanted, limit.rlim_cur);
  }
}

}  // namespace millwright::app

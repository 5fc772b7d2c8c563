// What runs now, for progress bars.
#include "api/jobs.hpp"

#include "api/admin/groups.hpp"
#include "api/answer.hpp"

namespace millwright::api {

namespace {

Result<io::http::Response> list_jobs(const JobParts& parts, const Call&) {
  json::array items;
  for (const auto& job : parts.board->list()) {
    items.push_back(json::object{{"id", job.id},
                                 {"kind", job.kind},
                                 {"object", job.object},
                                 {"started", render_time(job.started)},
                                 {"done", job.done},
                                 {"total", job.total}});
  }
  return page_answer(std::move(items));
}

}  // namespace

Routes job_routes(const JobParts& parts) {
  return {row(io::http::Method::Get, "/api/v1/jobs", Access::Viewer, list_jobs, parts)};
}

}  // namespace millwright::api

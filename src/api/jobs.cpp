#include "api/jobs.hpp"

namespace millwright::api {

JobBoard::Entry::Entry(JobBoard& board, std::string_view kind, std::string_view object) : board_(board) {
  const std::lock_guard lock(board_.mutex_);
  board_.jobs_.push_back({++board_.last_id_, std::string(kind), std::string(object), board_.clock_.now(), 0, 0});
  job_ = std::prev(board_.jobs_.end());
}

JobBoard::Entry::~Entry() {
  const std::lock_guard lock(board_.mutex_);
  board_.jobs_.erase(job_);
}

void JobBoard::Entry::report(std::int64_t done, std::int64_t total) {
  const std::lock_guard lock(board_.mutex_);
  job_->done = done;
  job_->total = total;
}

std::vector<Job> JobBoard::list() const {
  const std::lock_guard lock(mutex_);
  return {jobs_.begin(), jobs_.end()};
}

}  // namespace millwright::api

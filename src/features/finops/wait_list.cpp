#include "features/finops/wait_list.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millwright::finops {

std::shared_ptr<WaitList::Place> WaitList::enter(io::Executor executor) {
  auto place = std::make_shared<Place>(executor);
  const std::scoped_lock lock(mutex_);
  places_.push_back(place);
  return place;
}

void WaitList::leave(const std::shared_ptr<Place>& place) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(places_, place);
  if (found != places_.end()) places_.erase(found);
}

io::Task<void> WaitList::wait(std::shared_ptr<Place> place, std::chrono::steady_clock::time_point deadline) {
  if (place->is_woken_) co_return;
  place->timer_.expires_at(deadline);
  boost::system::error_code woken;
  co_await place->timer_.async_wait(
      boost::asio::redirect_error(boost::asio::use_awaitable_t<io::Executor>(), woken));
}

void WaitList::wake_some() {
  std::vector<std::shared_ptr<Place>> woken;
  {
    const std::scoped_lock lock(mutex_);
    while (!places_.empty() && woken.size() < wake_count) {
      woken.push_back(std::move(places_.front()));
      places_.pop_front();
    }
  }
  for (auto& place : woken) {
    boost::asio::post(place->executor_, [place]() {
      place->is_woken_ = true;
      place->timer_.cancel();
    });
  }
}

}  // namespace millwright::finops

#include "io/http/resolver.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millwright::io::http {
namespace {

constexpr auto kept_for = std::chrono::seconds(10);
constexpr std::size_t kept_max = 1024;

}  // namespace

Task<Result<Resolver::Addresses>> Resolver::resolve(std::string host, std::chrono::milliseconds timeout,
                                                    std::shared_ptr<Cancellation::State> cancellation) {
  boost::system::error_code error;
  const auto literal = boost::asio::ip::make_address(host, error);
  if (!error) co_return Addresses{literal};
  const std::shared_ptr<Lookup> lookup = find_or_start(host);
  if (!lookup->is_done) {
    const auto timer = std::make_shared<Timer>(executor_, timeout);
    lookup->waiting.push_back(timer);
    CancellationHook hook([](void* waiting) { static_cast<Timer*>(waiting)->cancel(); }, timer.get());
    hook.attach(cancellation);
    // The timer is cut short when the answer comes or the request is cancelled.
    co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>()));
  }
  if (cancellation && cancellation->is_cancelled) co_return fail(ErrorCode::Cancelled, "the request was cancelled");
  if (!lookup->is_done) co_return fail(ErrorCode::Timeout, "looking up the host {} took too long", host);
  if (!lookup->failure.empty()) {
    co_return fail(ErrorCode::Unavailable, "the host {} has no address: {}", host, lookup->failure);
  }
  co_return lookup->addresses;
}

std::shared_ptr<Resolver::Lookup> Resolver::find_or_start(const std::string& host) {
  const auto known = lookups_.find(host);
  if (known != lookups_.end()) {
    const auto& lookup = known->second;
    const bool is_usable = lookup->failure.empty() && std::chrono::steady_clock::now() < lookup->until;
    if (!lookup->is_done || is_usable) return lookup;
    lookups_.erase(known);
  }
  if (lookups_.size() >= kept_max) lookups_.clear();
  auto lookup = std::make_shared<Lookup>();
  lookups_.emplace(host, lookup);
  resolver_.async_resolve(host, "", [self = shared_from_this(), lookup](const boost::system::error_code& failure,
                                                                        const auto& found) {
    lookup->is_done = true;
    lookup->until = std::chrono::steady_clock::now() + kept_for;
    if (failure) lookup->failure = failure.message();
    for (const auto& entry : found) {
      const auto address = entry.endpoint().address();
      if (std::ranges::find(lookup->addresses, address) == lookup->addresses.end()) {
        lookup->addresses.push_back(address);
      }
    }
    if (!failure && lookup->addresses.empty()) lookup->failure = "the answer is empty";
    for (const auto& timer : lookup->waiting) timer->cancel();
    lookup->waiting.clear();
  });
  return lookup;
}

}  // namespace millwright::io::http

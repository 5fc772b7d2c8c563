#include "io/loop/ticker.hpp"

#include <algorithm>

namespace millwright::io {

Deadline::~Deadline() { ticker_.unlink(*this); }

void Deadline::expire_after(Duration duration) {
  const auto ticks = static_cast<std::uint64_t>((std::max(duration, Duration(0)) + ticker_.tick_ - Duration(1)) /
                                                ticker_.tick_);
  due_ = ticker_.clock_tick() + ticks + 1;
  // A node linked in an earlier slot is looked at again when that slot comes up: no work now.
  if (slot_tick_ <= due_) return;
  ticker_.unlink(*this);
  ticker_.link(*this);
}

Ticker::Ticker(Executor executor, Duration tick) : timer_(executor), tick_(tick) {}

std::uint64_t Ticker::clock_tick() const {
  const auto passed = std::chrono::steady_clock::now() - epoch_;
  return static_cast<std::uint64_t>(passed / std::chrono::steady_clock::duration(tick_));
}

void Ticker::link(Deadline& deadline) {
  if (!is_running_) start();
  deadline.slot_tick_ = std::clamp(deadline.due_, now_ + 1, now_ + slot_count - 1);
  Deadline*& head = slots_[deadline.slot_tick_ % slot_count];
  deadline.previous_ = nullptr;
  deadline.next_ = head;
  if (head != nullptr) head->previous_ = &deadline;
  head = &deadline;
  ++linked_;
}

void Ticker::unlink(Deadline& deadline) {
  if (deadline.slot_tick_ == Deadline::never) return;
  Deadline*& head = slots_[deadline.slot_tick_ % slot_count];
  (deadline.previous_ != nullptr ? deadline.previous_->next_ : head) = deadline.next_;
  if (deadline.next_ != nullptr) deadline.next_->previous_ = deadline.previous_;
  deadline.previous_ = deadline.next_ = nullptr;
  deadline.slot_tick_ = Deadline::never;
  --linked_;
}

void Ticker::start() {
  is_running_ = true;
  now_ = clock_tick();
  wait();
}

void Ticker::wait() {
  if (!timer_) return;
  timer_->expires_at(epoch_ + (now_ + 1) * tick_);
  timer_->async_wait([this](boost::system::error_code error) {
    if (!error) on_tick();
  });
}

void Ticker::on_tick() {
  const std::uint64_t until = clock_tick();
  // A loop that was held up for more than a turn of the wheel looks at every slot once.
  if (until - now_ > slot_count) now_ = until - slot_count;
  while (now_ < until) expire_slot(++now_);
  if (linked_ != 0) return wait();
  is_running_ = false;
}

void Ticker::expire_slot(std::uint64_t at) {
  // A callback may link, unlink or destroy any node; what is linked now goes into a later slot, so this one empties.
  Deadline*& head = slots_[at % slot_count];
  while (head != nullptr) {
    Deadline& deadline = *head;
    unlink(deadline);
    if (deadline.due_ <= at) {
      deadline.due_ = Deadline::never;
      deadline.expired_(deadline.context_);
    } else if (deadline.due_ != Deadline::never) {
      link(deadline);
    }
  }
}

}  // namespace millwright::io

#include "io/http/cancellation.hpp"

namespace millwright::io::http {

Cancellation::Cancellation() : state_(std::make_shared<State>()) {}
Cancellation::~Cancellation() = default;

bool Cancellation::is_cancelled() const { return state_->is_cancelled; }

void Cancellation::cancel() {
  const std::shared_ptr<State> state = state_;   // a callback may destroy this object
  state->is_cancelled = true;
  while (state->first != nullptr) {
    CancellationHook& hook = *state->first;
    hook.detach();
    hook.called_(hook.context_);
  }
}

void CancellationHook::attach(std::shared_ptr<Cancellation::State> state) {
  detach();
  state_ = std::move(state);
  if (!state_) return;
  next_ = state_->first;
  if (next_ != nullptr) next_->previous_ = this;
  state_->first = this;
}

void CancellationHook::detach() {
  if (!state_) return;
  (previous_ != nullptr ? previous_->next_ : state_->first) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  previous_ = next_ = nullptr;
  state_.reset();
}

}  // namespace millwright::io::http

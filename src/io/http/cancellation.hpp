// How a wait learns that it was cancelled: hooks on a Cancellation, linked and unlinked without allocation.
#pragma once

#include <memory>

#include "io/http/client.hpp"

namespace millwright::io::http {

class CancellationHook;

struct Cancellation::State {
  bool is_cancelled = false;
  CancellationHook* first = nullptr;
};

/// Calls back once when its cancellation happens. Attached to one cancellation at a time, on that one's loop.
class CancellationHook {
 public:
  using Called = void (*)(void* context);
  CancellationHook(Called called, void* context) : called_(called), context_(context) {}
  ~CancellationHook() { detach(); }
  CancellationHook(const CancellationHook&) = delete;
  CancellationHook& operator=(const CancellationHook&) = delete;

  void attach(std::shared_ptr<Cancellation::State> state);
  void detach();

 private:
  friend class Cancellation;
  Called called_;
  void* context_;
  std::shared_ptr<Cancellation::State> state_;
  CancellationHook* previous_ = nullptr;
  CancellationHook* next_ = nullptr;
};

}  // namespace millwright::io::http

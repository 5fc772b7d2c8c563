// A call made ready to be sent as part of a provider's own batch, and what must be known of it when the answer comes,
// which may be a day and a restart later.
#pragma once

#include <string>

#include "base/json.hpp"
#include "base/money.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/chat.hpp"

namespace millwright::gateway {

/// Yes: its ledger row was written by a process that stopped before it could keep the answer.
enum class Booked : bool { No, Yes };

struct PreparedCall {
  finops::CallFacts facts;        // as its ledger row will have them; facts.trace is the call's id
  Operation operation = Operation::Chat;
  std::string route, data_class;
  json::object body;              // what the provider is to be sent
  Money worst_case;               // at the dearest price it could be billed by
  std::int64_t input_tokens_bound = 0;
  bool has_passages = false;      // its answer cites passages, which are not kept: it cannot wait for a batch

  /// Everything but the body.
  [[nodiscard]] json::object to_json() const;
  /// Corrupt when it is not what to_json wrote.
  [[nodiscard]] static Result<PreparedCall> parse(const json::object& kept);
};

}  // namespace millwright::gateway

// One call that is passed through, from request to settled answer.
#pragma once

#include "features/gateway/billed_call.hpp"
#include "features/gateway/passthrough.hpp"
#include "features/gateway/usage_tap.hpp"

namespace millwright::gateway {

class PassthroughCall {
 public:
  PassthroughCall(Gateway::State& shared, RawCall call);
  [[nodiscard]] io::Task<RawOutcome> run();

 private:
  io::Task<Result<void>> serve();
  Result<void> admit();
  Result<void> check_path();
  Result<void> read_body();
  void find_model(std::string_view name);
  io::Task<Result<void>> reserve();
  io::Task<Result<void>> exchange();
  io::Task<Result<void>> pass_body(io::http::ClientResponse& upstream);
  [[nodiscard]] finops::Usage usage(finops::ModelPrice& price);
  [[nodiscard]] bool is_billable() const;

  RawCall call_;
  BilledCall billed_;
  const ProviderConfig* config_ = nullptr;
  std::shared_ptr<Provider> provider_;
  std::string path_;                    // raw, without query
  json::value body_;                    // when it is JSON
  const ModelConfig* model_ = nullptr;  // the one of ours that the request or the answer names
  std::string model_name_;              // as the request names it
  std::optional<UsageTap> tap_;
  std::uint16_t status_ = 0;
  bool was_sent_ = false, is_complete_ = false, has_begun_ = false, is_provider_fault_ = false;
};

}  // namespace millwright::gateway

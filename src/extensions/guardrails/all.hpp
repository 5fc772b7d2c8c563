// Every guardrail of the house, one line each.
#pragma once

#include "features/policy/guardrail.hpp"

namespace millwright::extensions {

[[nodiscard]] std::unique_ptr<policy::Guardrail> make_email();
[[nodiscard]] std::unique_ptr<policy::Guardrail> make_credit_card();
[[nodiscard]] std::unique_ptr<policy::Guardrail> make_iban();
[[nodiscard]] std::unique_ptr<policy::Guardrail> make_us_ssn();
[[nodiscard]] std::unique_ptr<policy::Guardrail> make_phone();
[[nodiscard]] std::unique_ptr<policy::Guardrail> make_secrets();
[[nodiscard]] std::unique_ptr<policy::Guardrail> make_private_key();
[[nodiscard]] std::unique_ptr<policy::Guardrail> make_hidden_text();
[[nodiscard]] std::unique_ptr<policy::Guardrail> make_injection();

/// All of them, new.
[[nodiscard]] policy::Guardrails all_guardrails();

}  // namespace millwright::extensions

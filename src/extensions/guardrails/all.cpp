#include "extensions/guardrails/all.hpp"

namespace millwright::extensions {

policy::Guardrails all_guardrails() {
  policy::Guardrails all;
  all.push_back(make_email());
  all.push_back(make_credit_card());
  all.push_back(make_iban());
  all.push_back(make_us_ssn());
  all.push_back(make_phone());
  all.push_back(make_secrets());
  all.push_back(make_private_key());
  all.push_back(make_hidden_text());
  all.push_back(make_injection());
  return all;
}

}  // namespace millwright::extensions

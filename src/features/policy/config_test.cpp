// The policy and guard sections: what they accept, what they refuse, and what they decide.
#include "features/policy/config.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace millwright::policy {
namespace {

Timestamp at(const char* day) {
  const auto time = parse_time(std::string(day) + "T12:00:00Z");
  EXPECT_TRUE(time);
  return time.value_or(Timestamp{});
}
const char* const today = "2026-11-23";

config::Node section(const std::string& yaml) {
  auto tree = config::parse_yaml(yaml, "test.yaml");
  EXPECT_TRUE(tree) << (tree ? "" : describe(tree.error().front()));
  if (!tree) return {};
  auto valid = config::validate(std::move(*tree), {policy_section(), guard_section()});
  EXPECT_TRUE(valid) << (valid ? "" : describe(valid.error().front()));
  return valid ? std::move(*valid) : config::Node{};
}

struct Flow {
  const char* name;
  DataClass data_class;
  const char* location;
  const char* training_use;
  int retention_days;   // -1: unknown
  const char* expires;  // "": none recorded
  const char* demanded;
  bool is_allowed;
  const char* rule;
};
void PrintTo(const Flow& flow, std::ostream* out) { *out << flow.name; }

class BuiltinPolicyTest : public testing::TestWithParam<Flow> {};

TEST_P(BuiltinPolicyTest, Decides) {
  const Flow& flow = GetParam();
  const auto policy = make_policy(config::Node{}, at(today));
  ASSERT_TRUE(policy);
  ProviderFacts provider{.name = "acme",
                         .region = "eu-central",
                         .location = flow.location,
                         .commitments = {.training_use = flow.training_use}};
  if (flow.retention_days >= 0) provider.commitments.retention_days = flow.retention_days;
  if (*flow.expires != '\0') provider.commitments.expires = at(flow.expires);
  const FlowVerdict verdict = (*policy)->decide(
      {.use_case = "helpdesk", .data_class = flow.data_class, .provider = &provider, .region = flow.demanded},
      at(today));
  EXPECT_EQ(verdict.is_allowed, flow.is_allowed) << verdict.reason;
  EXPECT_EQ(verdict.rule, flow.rule);
  EXPECT_FALSE(verdict.reason.empty());
  EXPECT_EQ(verdict.fix.empty(), flow.is_allowed);
}

INSTANTIATE_TEST_SUITE_P(
    Flows, BuiltinPolicyTest,
    testing::Values(
        Flow{"public anywhere", DataClass::Public, "", "", -1, "", "", true, "builtin.open"},
        Flow{"internal anywhere", DataClass::Internal, "", "yes", 30, "", "", true, "builtin.open"},
        Flow{"confidential committed", DataClass::Confidential, "", "never", 0, "2027-09-01", "", true,
             "builtin.confidential"},
        Flow{"confidential committed for ever", DataClass::Confidential, "", "never", 0, "", "", true,
             "builtin.confidential"},
        Flow{"confidential expired", DataClass::Confidential, "", "never", 0, "2026-11-01", "", false,
             "builtin.confidential"},
        Flow{"confidential kept", DataClass::Confidential, "", "never", 30, "2027-09-01", "", false,
             "builtin.confidential"},
        Flow{"confidential retention unknown", DataClass::Confidential, "", "never", -1, "", "", false,
             "builtin.confidential"},
        Flow{"confidential trained on", DataClass::Confidential, "", "opt_out", 0, "", "", false,
             "builtin.confidential"},
        Flow{"confidential on the premises", DataClass::Confidential, "on_prem", "", -1, "", "", true,
             "builtin.confidential"},
        Flow{"restricted committed", DataClass::Restricted, "", "never", 0, "2027-09-01", "", false,
             "builtin.restricted"},
        Flow{"restricted on the premises", DataClass::Restricted, "on_prem", "", -1, "", "", true,
             "builtin.restricted"},
        Flow{"restricted built in", DataClass::Restricted, "builtin", "", -1, "", "", true, "builtin.restricted"},
        Flow{"region met", DataClass::Public, "", "", -1, "", "eu", true, "builtin.open"},
        Flow{"region missed", DataClass::Public, "", "", -1, "", "us", false, "region-demanded"},
        Flow{"region name begins alike", DataClass::Public, "", "", -1, "", "eu-c", false, "region-demanded"},
        Flow{"region and builtin", DataClass::Public, "builtin", "", -1, "", "us", true, "builtin.open"}));

TEST(PolicyTest, UnknownProviderIsRefused) {
  const auto policy = make_policy(config::Node{}, at(today));
  ASSERT_TRUE(policy);
  EXPECT_EQ((*policy)->decide({.use_case = "x", .data_class = DataClass::Public}, at(today)).rule, "provider-unknown");
}

const char* const flows = R"(
policy:
  flows:
    - {id: F10, when: {class_at_least: restricted}, allow_to: [{location: [on_prem, builtin]}]}
    - {id: F20, when: {class_at_least: confidential}, allow_to: [{location: [on_prem]}, {training_use: never, retention_days_max: 0, region: [eu]}], reason: client contracts}
    - {id: F30, when: {class_at_most: internal, use_cases: [help*]}}
)";

FlowVerdict decide(const std::string& yaml, DataClass data_class, const char* use_case, RiskTier tier,
                   const char* day) {
  const config::Node tree = section(yaml);
  const auto policy = make_policy(tree["policy"], at(today));
  EXPECT_TRUE(policy) << (policy ? "" : describe(policy.error()));
  if (!policy) return {};
  const ProviderFacts provider{
      .name = "acme", .region = "us", .location = "", .commitments = {.training_use = "never", .retention_days = 0}};
  return (*policy)->decide({.use_case = use_case, .tier = tier, .data_class = data_class, .provider = &provider},
                           at(day));
}

TEST(PolicyTest, OwnFlowsReplaceTheBuiltIn) {
  const FlowVerdict refused = decide(flows, DataClass::Confidential, "helpdesk", RiskTier::T1, today);
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_EQ(refused.rule, "F20");
  EXPECT_NE(refused.reason.find("client contracts"), std::string::npos);
  EXPECT_NE(refused.reason.find("region us"), std::string::npos) << refused.reason;
  EXPECT_TRUE(decide(flows, DataClass::Internal, "helpdesk", RiskTier::T1, today).is_allowed);
  EXPECT_EQ(decide(flows, DataClass::Internal, "sales", RiskTier::T1, today).rule, "default-deny");
}

std::string with_exception(const std::string& fields) {
  return std::string(flows) +
         "  exceptions:\n    - {id: X1, waives: F20, use_cases: [crm], owner: ana, reason: pilot, " + fields + "}\n";
}

TEST(PolicyTest, ExceptionsWaiveARuleForAWhile) {
  const std::string yaml = with_exception("approver: ben, created: 2026-11-01, expires: 2026-12-31");
  const FlowVerdict waived = decide(yaml, DataClass::Confidential, "crm", RiskTier::T2, "2026-12-30");
  EXPECT_TRUE(waived.is_allowed);
  EXPECT_NE(waived.reason.find("X1"), std::string::npos);
  EXPECT_FALSE(decide(yaml, DataClass::Confidential, "helpdesk", RiskTier::T2, "2026-12-30").is_allowed);
  const FlowVerdict expired = decide(yaml, DataClass::Confidential, "crm", RiskTier::T2, "2026-12-31");
  EXPECT_FALSE(expired.is_allowed);
  EXPECT_NE(expired.reason.find("X1 expired"), std::string::npos) << expired.reason;
  EXPECT_FALSE(decide(yaml, DataClass::Confidential, "crm", RiskTier::T2, "2026-10-31").is_allowed)
      << "not yet in force";
  EXPECT_FALSE(decide(yaml, DataClass::Confidential, "crm", RiskTier::T3, "2026-12-30").is_allowed)
      << "30 days at most for T3";
}

struct Refused {
  std::string yaml;
  const char* message;
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.message; }
class PolicyRefusesTest : public testing::TestWithParam<Refused> {};

TEST_P(PolicyRefusesTest, WithAReason) {
  const config::Node tree = section(GetParam().yaml);
  const auto policy = make_policy(tree["policy"], at(today));
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code, ErrorCode::InvalidConfig);
  EXPECT_NE(policy.error().message.find(GetParam().message), std::string::npos) << policy.error().message;
  EXPECT_GT(policy.error().where.line, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Policies, PolicyRefusesTest,
    testing::Values(
        Refused{with_exception("approver: ana, created: 2026-11-01, expires: 2026-12-31"), "someone other"},
        Refused{with_exception("approver: ben, created: 2026-11-01, expires: 2027-11-01"), "between 1 and 90 days"},
        Refused{with_exception("approver: ben, created: 2026-12-31, expires: 2026-11-01"), "between 1 and 90 days"},
        Refused{"policy: {exceptions: [{id: X, waives: F99, owner: a, approver: b, reason: r, created: 2026-11-01, "
                "expires: 2026-11-09}]}\n",
                "no rule \"F99\""},
        Refused{"policy: {flows: [{id: A}, {id: A}]}\n", "stands twice"},
        Refused{"policy: {flows: [{id: A, when: {class_at_least: restricted, class_at_most: public}}]}\n",
                "about nothing"},
        Refused{std::string(flows) + "  tests:\n    - {name: leak, given: {class: restricted}, expect: allow}\n",
                "policy test \"leak\" expects allow"},
        Refused{
            std::string(flows) + "  tests:\n    - {name: which, given: {class: restricted}, expect: deny, rule: F20}\n",
            "by rule F10"}));

TEST(PolicyTest, ItsTestsPassOrItDoesNotLoad) {
  const std::string yaml = std::string(flows) + R"(  tests:
    - {name: restricted stays, given: {class: restricted, location: outside, training_use: never, retention_days: 0, region: eu}, expect: deny, rule: F10}
    - {name: committed, given: {class: confidential, training_use: never, retention_days: 0, region: eu-central, expires: 2027-01-01}, expect: allow}
    - {name: later, given: {class: confidential, training_use: never, retention_days: 0, region: eu, expires: 2027-01-01, at: 2027-06-01}, expect: deny}
)";
  const config::Node tree = section(yaml);
  const auto policy = make_policy(tree["policy"], at(today));
  EXPECT_TRUE(policy) << (policy ? "" : describe(policy.error()));
}

TEST(PolicyTest, TheDigestNamesTheText) {
  const auto builtin = make_policy(config::Node{}, at(today));
  const config::Node tree = section(flows);
  const auto one = make_policy(tree["policy"], at(today)), same = make_policy(tree["policy"], at("2027-01-01"));
  ASSERT_TRUE(builtin && one && same);
  EXPECT_EQ((*one)->digest(), (*same)->digest());
  EXPECT_NE((*one)->digest(), (*builtin)->digest());
}

TEST(NamesTest, AreReadBack) {
  for (const auto name : {"public", "internal", "confidential", "restricted"})
    EXPECT_EQ(class_name(*find_class(name)), name);
  for (const auto name : {"T0", "T1", "T2", "T3"}) EXPECT_EQ(tier_name(*find_tier(name)), name);
  EXPECT_FALSE(find_class("secret"));
  EXPECT_FALSE(find_tier("t1"));
}

}  // namespace
}  // namespace millwright::policy

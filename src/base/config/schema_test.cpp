// The schema must accept what validate() accepts and refuse what it refuses: both judge the same texts here, the schema
// through a small draft-07 checker that knows the keywords it uses.
#include <gtest/gtest.h>

#include "base/config/node.hpp"
#include "base/config/sample_sections.hpp"
#include "base/json.hpp"
#include "tests/support/json_schema.hpp"

namespace millwright::config {
namespace {

using test::accepts;
using test::as_editor_sees;

TEST(JsonSchema, AgreesWithValidation) {
  const auto schema = parse_json_object(render_json_schema(sample_sections())).value();
  EXPECT_EQ(schema.at("$schema"), "http://json-schema.org/draft-07/schema#");
  struct Case {
    std::string_view text;
    bool is_valid;
  };
  for (const auto& [text, is_valid] : {
           Case{"{}", true},
           Case{"server:\n", true},
           Case{"server: {listen: 0.0.0.0:80, grace: 30s, body: 1024, threads: 3, ratio: 1, debug: true}\n", true},
           Case{"server: {body: 8MiB, durability: power, tls: {certificate: a, key: b}}\n", true},
           Case{"server: {tls: {certificate: a}}\n", false},
           Case{"server: {lisen: x}\n", false},
           Case{"server: {grace: 30}\n", false},
           Case{"server: {threads: 300}\n", false},
           Case{"server: {threads: 1.5}\n", false},
           Case{"server: {ratio: 2}\n", false},
           Case{"server: {debug: 1}\n", false},
           Case{"server: {durability: both}\n", false},
           Case{"server: {listen: \"a\"}\n", false},
           Case{"providers: [{name: acme, api_key: {env: X}, price: 0.15 USD/Mtok, expires: 2027-09-01, region: null}]\n", true},
           Case{"providers: [{name: 7, headers: {a: 1.10, b: x}, budget: {limit: 5 USD, alerts: [1, 2]}}]\n", true},
           Case{"providers: [{name: acme, api_key: sk-123}]\n", false},
           Case{"providers: [{name: acme, api_key: {env: X, file: y}}]\n", false},
           Case{"providers: [{name: acme, api_key: {env: sk-1}}]\n", false},
           Case{"providers: [{name: Acme}]\n", false},
           Case{"providers: [{region: eu}]\n", false},
           Case{"providers: [{name: a, budget: {}}]\n", false},
           Case{"providers: [{name: a, budget: {limit: 5 EUR}}]\n", false},
           Case{"providers: [{name: a, budget: {limit: 5 USD, alerts: [101]}}]\n", false},
           Case{"providers: {name: a}\n", false},
           Case{"labels: {a: b, c: d}\n", true},
           Case{"labels: {a: [b]}\n", false},
       }) {
    const auto tree = parse_yaml(text, "f").value();
    const auto value = as_editor_sees(tree);
    EXPECT_EQ(accepts(schema, value), is_valid) << text << json::serialize(value);
    EXPECT_EQ(validate(tree, sample_sections()).has_value(), is_valid) << text;
  }
}

TEST(Reference, HasARowForEveryOption) {
  const auto text = render_reference(sample_sections());
  for (const std::string_view row :
       {"| `server.listen` | a text, 3 to 100 | `127.0.0.1:8080` | Address. Takes effect at the next start. |",
        "| `server.grace` | a duration, 0s to 10m | `30s` | Grace. |", "| `providers[].name` | a name | required | Name. |",
        "| `providers[].budget.alerts` | a list of: a whole number | `[50, 75, 90]` |", "| `labels` | a map of names to: a name |"}) {
    EXPECT_NE(text.find(row), std::string::npos) << row << "\n" << text;
  }
}

}  // namespace
}  // namespace millwright::config

#include <gtest/gtest.h>

#include "features/configuration/config.hpp"
#include "features/configuration/configuration.hpp"

namespace millwright::configuration {
namespace {

Vocabulary vocabulary() {
  Vocabulary words;
  words.sections = sections();
  words.sections.push_back({"routes", config::list_of("Routes.", config::object("A route.", {
      {"name", config::option(config::Kind::Name, "Name.").required()},
      {"key", config::option(config::Kind::Secret, "Key.")},
      {"timeout", config::option(config::Kind::Duration, "Timeout.").fallback("30s")}}))});
  return words;
}

TEST(Export, IsTheSameForTheSameState) {
  const auto words = vocabulary();
  const auto one = load_texts({{"m.yaml", "routes:\n  - {name: b, timeout: 60s}\n  - {timeout: 30s, name: a, key: {env: X}}\n"
                                          "server: {threads: 0, listen: \"[::1]:80\"}\n"}}, words);
  const auto other = load_texts({{"m.yaml", "server:\n  listen: '[::1]:80'\n"},
                                 {"conf.d/r.yaml", "routes:\n- name: a\n  key:\n    env: X\n- name: b\n  timeout: 1m # same\n"}}, words);
  ASSERT_TRUE(one) << describe(one.error()[0]);
  ASSERT_TRUE(other) << describe(other.error()[0]);
  const auto text = render_export(*one, words.sections);
  EXPECT_EQ(text, render_export(*other, words.sections));
  EXPECT_EQ(one->digest, other->digest);
  EXPECT_EQ(text, "server:\n  listen: \"[::1]:80\"\nroutes:\n  - name: a\n    key:\n      env: X\n  - name: b\n    timeout: 1m\n");
  const auto again = load_texts({{"m.yaml", text}}, words);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->digest, one->digest);
  EXPECT_EQ(render_export(*again, words.sections), text);
}

TEST(Export, OriginsNameFileLineOrDefault) {
  const auto loaded = load_texts({{"m.yaml", "routes:\n  - name: a\n    key: {env: X}\n"}}, vocabulary()).value();
  std::map<std::string, std::string> from;
  for (const auto& origin : origins(loaded)) from[origin.path] = origin.from;
  EXPECT_EQ(from["routes[0].name"], "m.yaml:2:11");
  EXPECT_EQ(from["routes[0].timeout"], "default");
  EXPECT_EQ(from["server.listen"], "default");
  EXPECT_EQ(from["routes[0].key.env"], "m.yaml:3:16");
}

TEST(Settings, AreParsedAndRefused) {
  const auto parse = [](std::string text) -> Result<ProcessSettings> {
    auto loaded = load_texts({{"m.yaml", std::move(text)}}, vocabulary());
    if (!loaded) return std::unexpected(join_faults(loaded.error()));
    return parse_settings(loaded->tree);
  };
  const auto preset = parse("");
  ASSERT_TRUE(preset) << describe(preset.error());
  EXPECT_EQ(preset->server.host, "127.0.0.1");
  EXPECT_EQ(preset->server.port, 8080);
  EXPECT_EQ(preset->server.durability, store::Durability::Process);
  EXPECT_FALSE(preset->server.tls);
  EXPECT_EQ(preset->store.url, "sqlite:millwright.db");
  EXPECT_EQ(preset->server.setup_link_ttl, 30min);
  const auto set = parse("server: {listen: \"[::]:443\", durability: power, tls: {certificate: c, key: k}}\n"
                         "counters: {url: null}\nvault: {key: {cred: vault}}\n");
  ASSERT_TRUE(set) << describe(set.error());
  EXPECT_EQ(set->server.host, "::");
  EXPECT_EQ(set->server.tls->key, "k");
  EXPECT_EQ(set->vault_key->credential, "vault");
  for (const std::string text : {"server: {listen: localhost}\n", "server: {listen: \"::1:80\"}\n", "server: {listen: \"a:99999\"}\n",
                                 "server: {listen: \":80\"}\n", "store: {url: \"mysql://x\"}\n", "server: {public_url: ftp://x}\n",
                                 "counters: {url: valkey://x}\n", "blobs: {url: s3://x}\n"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  const auto leaked = parse("store: {url: \"postgresql://u:hunter2@h/db\"}\n");
  ASSERT_FALSE(leaked);
  EXPECT_EQ(describe(leaked.error()).find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace millwright::configuration

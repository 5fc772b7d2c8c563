#include "extensions/providers/openai_request.hpp"

#include <random>
#include <set>

#include "extensions/providers/all.hpp"
#include "extensions/providers/dialect_fixture.hpp"
#include "extensions/providers/openai_stream.hpp"

namespace millwright::extensions {
namespace {

TEST(OpenAiRequest, MatchesItsGoldenFiles) {
  for (const auto& file : test::golden_cases("openai/requests", ".json")) {
    const auto given = parse_json_object(test::read_golden_case(file));
    ASSERT_TRUE(given) << file;
    const auto name = string_member(*given, "preset");
    const auto& preset = openai_preset(name, "api.openai.com");
    ASSERT_EQ(preset.name, name) << file;
    const auto made = encode_openai_chat(given->at("body").as_object(), preset);
    json::value shown = "sent as it stands";
    if (!made)
      shown = json::object{{"refused", made.error().where.field}, {"message", made.error().message}};
    else if (*made)
      shown = **made;
    test::expect_golden(file, "openai", test::render_indented(shown));
  }
}

TEST(OpenAiPresets, AreKindsOfTheirOwnAndEachNameStandsOnce) {
  const auto kinds = provider_kinds();
  std::set<std::string_view> names;
  for (const auto& preset : openai_presets()) {
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name;
    EXPECT_TRUE(preset.name.empty() || kinds.contains(preset.name)) << preset.name;
    if (!preset.base_url.empty()) EXPECT_TRUE(io::http::Origin::parse(preset.base_url)) << preset.name;
  }
  EXPECT_EQ(openai_preset("openai", "api.openai.com").name, "openai");
  EXPECT_EQ(openai_preset("openai", "eu.api.openai.com").name, "openai");
  EXPECT_EQ(openai_preset("openai", "gpu-1.example.com").name, "");
  EXPECT_EQ(openai_preset("groq", "127.0.0.1").name, "groq");
}

json::object read_in_pieces(std::string_view preset, std::string_view bytes,
                            const std::function<std::size_t()>& next_size) {
  OpenAiStream stream("acme", openai_preset(preset, "").stream_usage);
  io::sse::Parser parser;
  io::sse::Event event;
  json::array chunks;
  json::object out;
  while (!bytes.empty()) {
    const auto size = std::min(next_size(), bytes.size());
    if (!parser.feed(bytes.substr(0, size))) break;
    bytes.remove_prefix(size);
    while (!out.contains("failure") && parser.next(event)) {
      std::vector<json::object> given;
      auto fed = stream.feed(event, given);
      for (auto& chunk : given) chunks.push_back(std::move(chunk));
      if (!fed) out = failure_json(fed.error());
    }
  }
  out["chunks"] = std::move(chunks);
  out["finished"] = stream.is_finished();
  if (stream.answer().usage) out["meters"] = counts_json(*stream.answer().usage);
  return out;
}

TEST(OpenAiStream, OfEachServerIsReadAlike) {
  const auto seed = std::random_device()();
  std::mt19937_64 random(seed);
  for (const auto& file : test::golden_cases("openai/streams", ".sse")) {
    const auto bytes = test::read_golden_case(file);
    auto preset = file.stem().string();
    preset = preset.substr(0, preset.find('_'));
    const auto whole = read_in_pieces(preset, bytes, [&] { return bytes.size(); });
    test::expect_golden(file, "chat", test::render_indented(whole));
    EXPECT_EQ(whole, read_in_pieces(preset, bytes, [] { return std::size_t{1}; })) << file;
    for (int i = 0; i < 20; ++i) {
      const auto most = 1 + random() % 200;
      EXPECT_EQ(whole, read_in_pieces(preset, bytes, [&] { return 1 + random() % most; })) << file << " seed " << seed;
    }
  }
}

}  // namespace
}  // namespace millwright::extensions

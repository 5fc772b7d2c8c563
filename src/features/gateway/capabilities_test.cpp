#include "features/gateway/capabilities.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

struct Row {
  const char* name;
  const char* body;
  const char* needs;
};
class Needs : public testing::TestWithParam<Row> {};

TEST_P(Needs, AreReadFromTheRequest) {
  const auto body = parse_json_object(GetParam().body);
  ASSERT_TRUE(body);
  EXPECT_EQ(needs_of(*body).text(), GetParam().needs);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Needs,
    testing::Values(
        Row{"nothing",
            R"({"messages":[{"role":"user","content":"hi"}],"tools":[],"reasoning_effort":"none","audio":null})", ""},
        Row{"tools", R"({"tools":[{"type":"function"}]})", "tools"},
        Row{"functions", R"({"functions":[{"name":"f"}]})", "tools"},
        Row{"schema", R"({"response_format":{"type":"json_schema"}})", "json_schema"},
        Row{"any_json", R"({"response_format":{"type":"json_object"}})", ""},
        Row{"effort", R"({"reasoning_effort":"low"})", "reasoning"},
        Row{"thinking", R"({"thinking":{"type":"enabled"}})", "reasoning"},
        Row{"not_thinking", R"({"thinking":{"type":"disabled"}})", ""},
        Row{"image",
            R"({"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{}}]}]})",
            "vision"},
        Row{"sound_in", R"({"messages":[{"role":"user","content":[{"type":"input_audio"}]}]})", "audio"},
        Row{"sound_out", R"({"modalities":["text","audio"],"audio":{"voice":"x"}})", "audio"},
        Row{"odd_shapes", R"({"messages":"x","tools":7,"modalities":"audio","thinking":1,"response_format":[]})",
            "tools"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Capabilities, AreASet) {
  Capabilities some, more;
  some.add(Capability::Tools);
  more.add(Capability::Tools);
  more.add(Capability::Audio);
  EXPECT_TRUE(more.contains(some));
  EXPECT_FALSE(some.contains(more));
  EXPECT_EQ(more.without(some).text(), "audio");
  EXPECT_EQ(some.joined(more), more);
  for (const auto& name : capability_names()) EXPECT_EQ(capability_name(*find_capability(name)), name);
  EXPECT_FALSE(find_capability("sight"));
}

}  // namespace
}  // namespace millwright::gateway

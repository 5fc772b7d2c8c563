#include "api/openai/response_references.hpp"

#include <gtest/gtest.h>

namespace millwright::api::openai {
namespace {

TEST(ResponseOfItem, IsInTheItemsId) {
  const std::string tag = "0192f0c4a5b67c8d9e0f1a2b3c4d5e6f";
  EXPECT_EQ(response_of_item("msg_" + tag + "o0"), "resp_" + tag);
  EXPECT_EQ(response_of_item("fco_" + tag + "i12"), "resp_" + tag);
  for (const auto& strange : {std::string(), std::string("msg_"), "msg_" + tag, "msg_" + tag + "x1", "msg" + tag + "o0",
                              "msg_" + tag.substr(1) + "o0", std::string("msg_68af4030baa48193b0b43b4c2a176a1a0"),
                              "msg_" + tag.substr(0, 31) + "Zo0"}) {
    EXPECT_FALSE(response_of_item(strange)) << strange;
  }
}

}  // namespace
}  // namespace millwright::api::openai

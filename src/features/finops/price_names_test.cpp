#include "features/finops/price_names.hpp"

#include <gmock/gmock.h>

namespace millwright::finops {
namespace {

using testing::ElementsAre;

TEST(ListedNames, AnInferenceProfileIsItsModelWhereTheListHasNoRowOfItsOwn) {
  EXPECT_THAT(listed_names("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", ""),
              ElementsAre("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"));
  EXPECT_THAT(listed_names("bedrock", "amazon.nova-pro-v1:0", "eu-central-1"),
              ElementsAre("eu-central-1/amazon.nova-pro-v1:0", "eu/amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"));
}

TEST(ListedNames, AnArnNamesItsModelUnlessSomebodyMadeIt) {
  EXPECT_THAT(
      listed_names("bedrock", "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0", ""),
      ElementsAre("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0",
                  "eu.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"));
  EXPECT_THAT(listed_names("bedrock", "arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-8b-instruct-v1:0", ""),
              testing::Contains("meta.llama3-1-8b-instruct-v1:0"));
  EXPECT_THAT(listed_names("bedrock", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab1", ""),
              ElementsAre("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab1"));
}

TEST(ListedNames, AzureHasRowsByRegionBeforeItsOwn) {
  EXPECT_THAT(listed_names("azure", "gpt-4o-2024-11-20", "eu"), ElementsAre("eu/gpt-4o-2024-11-20", "gpt-4o-2024-11-20"));
  EXPECT_THAT(listed_names("openai", "gpt-35-turbo", "eu"), ElementsAre("gpt-35-turbo", "gpt-3.5-turbo"));
}

TEST(ListedNames, InItsMakersListAModelHasItsMakersName) {
  EXPECT_THAT(listed_names("anthropic", "global.anthropic.claude-haiku-4-5-20251001-v1:0", "us"),
              testing::Contains("claude-haiku-4-5-20251001"));
  EXPECT_THAT(listed_names("anthropic", "claude-haiku-4-5", ""), ElementsAre("claude-haiku-4-5"));
  EXPECT_THAT(listed_names("openai", "gpt-4o-2024-11-20", ""), ElementsAre("gpt-4o-2024-11-20"));
}

}  // namespace
}  // namespace millwright::finops

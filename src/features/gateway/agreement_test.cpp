#include "features/gateway/agreement.hpp"

#include <string>

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

TEST(Agreement, IsTheShareOfWordsInCommon) {
  EXPECT_EQ(agreement_of("", ""), 1);
  EXPECT_EQ(agreement_of("", "no"), 0);
  EXPECT_EQ(agreement_of("Reset it, please!", "reset IT please"), 1);
  EXPECT_EQ(agreement_of("one two", "three four"), 0);
  EXPECT_NEAR(agreement_of("one two three four", "one two five six"), 0.5, 1e-9);
  EXPECT_NEAR(agreement_of("yes yes yes", "yes"), 0.5, 1e-9) << "each as often as in both";
  EXPECT_EQ(agreement_of("Übung 42", "Übung 42."), 1);
  EXPECT_LT(agreement_of("Übung 42", "Übung 43"), 1);
  EXPECT_EQ(agreement_of(std::string(1u << 20, 'a'), std::string(1u << 20, 'a')), 1) << "as far as it is read";
}

}  // namespace
}  // namespace millwright::gateway

#include "features/retrieval/terms.hpp"

#include <gmock/gmock.h>

namespace millwright::retrieval {
namespace {

using testing::ElementsAre;

TEST(QuestionTerms, AreStemmedAndWithoutWordsThatMeanNothing) {
  EXPECT_THAT(question_terms("How do I reset the printers?"), ElementsAre("printer", "reset"));
}
TEST(QuestionTerms, KeepWhatIsThereWhenNothingElseIs) {
  EXPECT_THAT(question_terms("who are you"), ElementsAre("are", "who", "you"));
}
TEST(QuestionTerms, TreatOperatorsAsText) {
  EXPECT_THAT(question_terms("XA:everyone OR title:\"*\" NOT (vpn"), ElementsAre("everyon", "titl", "vpn", "xa"));
}
TEST(QuestionTerms, AreNoneForTextWithoutWords) {
  EXPECT_THAT(question_terms("?? --- !!"), testing::IsEmpty());
  EXPECT_THAT(question_terms(""), testing::IsEmpty());
}

TEST(PermissionTerms, StayWithinTheLengthOfATerm) {
  const std::string name(5'000, 'g');
  EXPECT_LE(allow_term(name).size(), 245u);
  EXPECT_NE(allow_term(name), allow_term(name + "h"));
  EXPECT_NE(allow_term("group:it"), deny_term("group:it"));
}

TEST(PrincipalsOf, AlwaysIncludeEveryone) {
  EXPECT_THAT(principals_of({}), ElementsAre("everyone"));
  EXPECT_THAT(principals_of({"ana", {"it", "hr", "it", ""}}),
              ElementsAre("everyone", "group:hr", "group:it", "user:ana"));
}

}  // namespace
}  // namespace millwright::retrieval

#include <gtest/gtest.h>

#include "features/gateway/chat.hpp"

namespace millwright::gateway {
namespace {

Result<ChatRequest> parse(Operation operation, std::string_view text) {
  return parse_operation_request(operation, parse_json_object(text).value());
}

TEST(OperationRequest, CountsTheTextThatAModelReads) {
  const struct {
    Operation operation;
    const char* text;
    std::size_t bytes;
  } cases[] = {
      {Operation::Embeddings, R"({"model":"m","input":"four"})", 4},
      {Operation::Embeddings, R"({"model":"m","input":["four","four"]})", 8},
      {Operation::Embeddings, R"({"model":"m","input":[1,2,3]})", 12},
      {Operation::Embeddings, R"({"model":"m","input":[[1,2],[3]]})", 12},
      {Operation::Moderations, R"({"model":"m","input":[{"type":"text","text":"abc"},{"type":"image_url"}]})", 3},
      {Operation::Rerank, R"({"model":"m","query":"qq","documents":["a",{"text":"bb"}]})", 3 + 2 * 2},
  };
  for (const auto& each : cases) {
    const auto request = parse(each.operation, each.text);
    ASSERT_TRUE(request) << each.text << describe(request.error());
    EXPECT_EQ(request->text_bytes, each.bytes) << each.text;
    EXPECT_EQ(request->operation, each.operation);
    EXPECT_FALSE(request->is_streamed);
  }
}

TEST(OperationRequest, NamesTheFieldThatIsWrong) {
  const struct {
    Operation operation;
    const char* text;
    const char* field;
  } cases[] = {
      {Operation::Embeddings, R"({"input":"x"})", "model"},
      {Operation::Embeddings, R"({"model":"m"})", "input"},
      {Operation::Embeddings, R"({"model":"m","input":null})", "input"},
      {Operation::Embeddings, R"({"model":"m","input":""})", "input"},
      {Operation::Embeddings, R"({"model":"m","input":[]})", "input"},
      {Operation::Embeddings, R"({"model":"m","input":["a",1]})", "input[1]"},
      {Operation::Embeddings, R"({"model":"m","input":[[]]})", "input[0]"},
      {Operation::Rerank, R"({"model":"m","query":1,"documents":["a"]})", "query"},
      {Operation::Rerank, R"({"model":"m","query":"q"})", "documents"},
      {Operation::Rerank, R"({"model":"m","query":"q","documents":[[]]})", "documents[0]"},
      {Operation::Rerank, R"({"model":"m","query":"q","documents":["a"],"top_n":"2"})", "top_n"},
  };
  for (const auto& each : cases) {
    const auto request = parse(each.operation, each.text);
    ASSERT_FALSE(request) << each.text;
    EXPECT_EQ(request.error().where.field, each.field) << each.text;
  }
}

TEST(OperationRequest, BoundsHowMuchComesAtOnce) {
  std::string inputs = R"({"model":"m","input":["a")";
  for (int i = 0; i < 2'048; ++i) inputs += R"(,"a")";
  const auto request = parse(Operation::Embeddings, inputs + "]}");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().where.field, "input");
}

}  // namespace
}  // namespace millwright::gateway

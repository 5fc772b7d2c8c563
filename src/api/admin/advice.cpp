// Advice on decisions.
#include "features/advice/advice.hpp"

#include "api/admin/groups.hpp"
#include "api/answer.hpp"

namespace millwright::api {

namespace {

struct NoParts {};

Result<io::http::Response> strategy(const NoParts&, const Call& call) {
  auto object = parse_json_object(call.request.body.empty() ? "{}" : std::string_view(call.request.body));
  if (!object) return pass(object);
  const auto question = advice::parse_strategy_question(*object);
  if (!question) return std::unexpected(question.error());
  return json_answer(json::value(advice::to_json(advice::advise_strategy(*question))));
}

}  // namespace

Routes advice_routes() {
  return {row(io::http::Method::Post, "/api/v1/advice/strategy", Access::Viewer, strategy, NoParts{})};
}

}  // namespace millwright::api

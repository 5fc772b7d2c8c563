#include "api/path_table.hpp"

#include <gtest/gtest.h>

namespace millwright::api {
namespace {

using io::http::Method;

Route route(Method method, std::string pattern) {
  return {method, std::move(pattern), Access::Viewer,
          BlockingHandler([](const Call&) -> Result<io::http::Response> { return io::http::Response(); })};
}

Routes some_routes() {
  Routes routes;
  routes.push_back(route(Method::Get, "/things"));
  routes.push_back(route(Method::Post, "/things"));
  routes.push_back(route(Method::Get, "/things/{id}"));
  routes.push_back(route(Method::Delete, "/things/{id}"));
  routes.push_back(route(Method::Get, "/things/{id}/parts/{part}"));
  return routes;
}

TEST(PathTable, FindsExactPathsAndPatterns) {
  const auto routes = some_routes();
  const PathTable table(routes);
  EXPECT_EQ(table.find(Method::Get, "/things").route, 0u);
  EXPECT_EQ(table.find(Method::Post, "/things").route, 1u);
  const auto match = table.find(Method::Get, "/things/7/parts/a b");
  ASSERT_EQ(match.route, 4u);
  EXPECT_EQ(match.parameters.at("id"), "7");
  EXPECT_EQ(match.parameters.at("part"), "a b");
}

TEST(PathTable, ATailStandsForAllThatFollows) {
  auto routes = some_routes();
  routes.push_back(route(Method::Get, "/things/{id}/{rest...}"));
  const PathTable table(routes);
  const auto match = table.find(Method::Get, "/things/7/a/b//c");
  ASSERT_EQ(match.route, 5u);
  EXPECT_EQ(match.parameters.at("id"), "7");
  EXPECT_EQ(match.parameters.size(), 1u);
  EXPECT_EQ(table.find(Method::Get, "/things/7/x").route, 5u);
  EXPECT_EQ(table.find(Method::Get, "/things/7/parts/x").route, 4u) << "anything else goes before it";
  EXPECT_EQ(table.find(Method::Get, "/things/7").route, 2u);
  EXPECT_FALSE(table.find(Method::Get, "/things//x").route);
}

TEST(PathTable, HeadFindsTheRowOfGet) {
  const auto routes = some_routes();
  EXPECT_EQ(PathTable(routes).find(Method::Head, "/things/7").route, 2u);
}

TEST(PathTable, NamesTheVerbsOfAPathWithoutThisOne) {
  const auto routes = some_routes();
  const auto match = PathTable(routes).find(Method::Put, "/things/7");
  EXPECT_FALSE(match.route);
  EXPECT_EQ(match.allow, "GET, HEAD, DELETE");
}

TEST(PathTable, KnowsNothingElse) {
  const auto routes = some_routes();
  const PathTable table(routes);
  for (const auto path : {"/", "", "/thing", "/things/", "/things//parts/x", "/things/7/parts", "/things/7/parts/x/"}) {
    const auto match = table.find(Method::Get, path);
    EXPECT_FALSE(match.route) << path;
    EXPECT_TRUE(match.allow.empty()) << path;
  }
}

}  // namespace
}  // namespace millwright::api

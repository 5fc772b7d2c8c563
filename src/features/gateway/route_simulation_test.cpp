// Routing over simulated time: a seed, a clock that is moved by hand, and models that are slow, busy or broken. What is
// driven are the real planner, states, breakers and retry budget; only the models are made up.
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "features/gateway/route_planner.hpp"

namespace millwright::gateway {
namespace {

/// How one made-up model behaves at a time.
struct Behaviour {
  double latency_ms = 100;
  bool is_failing = false;
};
using Script = std::function<Behaviour(std::size_t model, std::int64_t now_ms)>;

struct Outcome {
  std::int64_t at_ms = 0;
  std::uint32_t model = 0;
  bool is_ok = false;
  int attempts = 0;
};

/// Discrete events: requests arrive at a rate; a call that begins ends after its model's latency.
class Simulation {
 public:
  Simulation(std::uint64_t seed, RouteConfig route, std::size_t models) : random_(seed) {
    for (std::size_t i = 0; i < models; ++i) {
      ModelConfig model;
      model.name = fmt::format("m{}", i);
      model.context_tokens = 1'000'000;
      config_.models.push_back(model);
      route.targets.push_back({model.name, 1});
    }
    route.name = "r";
    config_.routes.push_back(std::move(route));
    board_ = make_board(config_, nullptr);
  }

  std::vector<Outcome> run(double per_second, std::int64_t until_ms, const Script& script) {
    std::exponential_distribution<double> gap(per_second / 1'000);
    for (double at = gap(random_); at < static_cast<double>(until_ms); at += gap(random_)) {
      finish_until(static_cast<std::int64_t>(at));
      now_ms_ = static_cast<std::int64_t>(at);
      serve(script);
    }
    finish_until(until_ms + 1'000'000);
    return std::move(outcomes_);
  }
  [[nodiscard]] RouteState& state() { return *board_->routes[0]; }
  std::int64_t sent = 0, retried = 0;

 private:
  struct Ending {
    std::uint32_t model;
    std::int64_t began_ms;
    bool is_failing;
    Counted place;
  };

  [[nodiscard]] Timestamp time() const { return from_micros(1'700'000'000'000'000 + now_ms_ * 1'000); }

  void serve(const Script& script) {
    const auto& route = config_.routes[0];
    auto& retries = board_->routes[0]->retries;
    retries.earn(route.retry_budget.basis_points, route.retry_budget.burst);
    const auto plan = plan_route({&config_, board_.get(), &breakers_, nullptr, time(), now_ms_}, route, {}, random_());
    Outcome outcome{now_ms_, 0, false, 0};
    for (const auto model : plan.models) {
      if (breakers_.ask(config_.models[model].name, time())) continue;
      for (int tried = 0; tried <= route.retries; ++tried) {
        if (tried > 0 && !retries.take()) break;
        retried += tried > 0 ? 1 : 0;
        ++sent;
        ++outcome.attempts;
        outcome.model = model;
        const auto behaviour = script(model, now_ms_);
        outcome.is_ok = !behaviour.is_failing;
        begin(model, behaviour);
        if (outcome.is_ok) break;
      }
      if (outcome.is_ok) break;
    }
    outcomes_.push_back(outcome);
  }

  /// A failure is reported at once; an answer when it is there.
  void begin(std::uint32_t model, const Behaviour& behaviour) {
    if (behaviour.is_failing) {
      board_->models[model]->note_failure(Wait::Whole, Duration(5), now_ms_);
      breakers_.report(config_.models[model].name, Breakers::Outcome::Failure, {}, time());
      return;
    }
    std::lognormal_distribution<double> spread(0, 0.2);
    const auto took = behaviour.latency_ms * spread(random_);
    endings_.emplace(now_ms_ + static_cast<std::int64_t>(took),
                     Ending{model, now_ms_, false, board_->models[model]->begin()});
  }

  void finish_until(std::int64_t until_ms) {
    while (!endings_.empty() && endings_.begin()->first <= until_ms) {
      now_ms_ = endings_.begin()->first;
      const auto& ending = endings_.begin()->second;
      board_->models[ending.model]->note(Wait::Whole, Duration(now_ms_ - ending.began_ms), now_ms_);
      breakers_.report(config_.models[ending.model].name, Breakers::Outcome::Success, {}, time());
      endings_.erase(endings_.begin());
    }
  }

  std::mt19937_64 random_;
  GatewayConfig config_;
  std::shared_ptr<const RouteBoard> board_;
  Breakers breakers_;
  std::multimap<std::int64_t, Ending> endings_;
  std::vector<Outcome> outcomes_;
  std::int64_t now_ms_ = 0;
};

double share_of(const std::vector<Outcome>& outcomes, std::uint32_t model, std::int64_t from_ms, std::int64_t to_ms) {
  double all = 0, those = 0;
  for (const auto& each : outcomes) {
    if (each.at_ms < from_ms || each.at_ms >= to_ms) continue;
    ++all;
    those += each.model == model ? 1 : 0;
  }
  return all == 0 ? 0 : those / all;
}

RouteConfig route_with(Strategy strategy, int retries = 0) {
  RouteConfig route;
  route.strategy = strategy;
  route.retries = retries;
  return route;
}

class Seeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, LatencyConvergesOnTheFasterAndComesBackAfterRecovery) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Simulation simulation(GetParam(), route_with(Strategy::Latency), 2);
  // Model 0 is fast, slow for the second minute, then fast again.
  const auto outcomes = simulation.run(20, 240'000, [](std::size_t model, std::int64_t now_ms) {
    const bool is_slow = now_ms >= 60'000 && now_ms < 120'000;
    return Behaviour{model == 1 ? 400.0 : is_slow ? 3'000.0 : 50.0};
  });
  EXPECT_GT(share_of(outcomes, 0, 10'000, 60'000), 0.85);
  EXPECT_LT(share_of(outcomes, 0, 75'000, 120'000), 0.25);
  EXPECT_GT(share_of(outcomes, 0, 150'000, 240'000), 0.8);
}

TEST_P(Seeds, LatencyLeavesAFailingModelThoughItFailsFast) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Simulation simulation(GetParam(), route_with(Strategy::Latency), 2);
  const auto outcomes =
      simulation.run(50, 60'000, [](std::size_t model, std::int64_t) { return Behaviour{200, model == 0}; });
  EXPECT_LT(share_of(outcomes, 0, 5'000, 60'000), 0.05);
  for (const auto& each : outcomes) EXPECT_TRUE(each.is_ok);
}

TEST_P(Seeds, LeastBusyBalancesWork) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Simulation simulation(GetParam(), route_with(Strategy::LeastBusy), 3);
  const auto outcomes = simulation.run(
      100, 60'000, [](std::size_t model, std::int64_t) { return Behaviour{model == 2 ? 1'000.0 : 250.0}; });
  // A model that takes four times as long gets about a quarter of what another gets.
  EXPECT_NEAR(share_of(outcomes, 0, 5'000, 60'000), 4.0 / 9, 0.06);
  EXPECT_NEAR(share_of(outcomes, 1, 5'000, 60'000), 4.0 / 9, 0.06);
  EXPECT_NEAR(share_of(outcomes, 2, 5'000, 60'000), 1.0 / 9, 0.05);
}

TEST_P(Seeds, WeightedSharesHold) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Simulation simulation(GetParam(), route_with(Strategy::Weighted), 4);
  const auto outcomes = simulation.run(100, 60'000, [](std::size_t, std::int64_t) { return Behaviour{}; });
  for (std::uint32_t model = 0; model < 4; ++model) EXPECT_NEAR(share_of(outcomes, model, 0, 60'000), 0.25, 0.03);
}

TEST_P(Seeds, ABrokenModelIsLeftAloneAndTriedAgain) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  Simulation simulation(GetParam(), route_with(Strategy::Priority), 2);
  const auto outcomes = simulation.run(50, 120'000, [](std::size_t model, std::int64_t now_ms) {
    return Behaviour{100, model == 0 && now_ms < 60'000};
  });
  int asked = 0;
  for (const auto& each : outcomes) {
    EXPECT_TRUE(each.is_ok) << "the second serves meanwhile";
    asked += each.at_ms > 5'000 && each.at_ms < 60'000 && each.attempts > 1 ? 1 : 0;
  }
  EXPECT_LT(asked, 15) << "a minute of failing costs a handful of trials";
  EXPECT_EQ(share_of(outcomes, 0, 119'000, 120'000), 1.0);
}

TEST_P(Seeds, AStormDoesNotMultiply) {
  SCOPED_TRACE(fmt::format("seed {}", GetParam()));
  auto route = route_with(Strategy::Priority, 3);
  route.retry_budget = {1'000, 20};
  Simulation simulation(GetParam(), route, 1);
  std::int64_t asked = 0;
  const auto outcomes = simulation.run(200, 60'000, [&](std::size_t, std::int64_t now_ms) {
    ++asked;
    return Behaviour{50, now_ms % 1'000 < 40};  // short storms: the breaker, ten in a row, seldom opens
  });
  EXPECT_LE(static_cast<double>(simulation.retried), 0.1 * static_cast<double>(outcomes.size()) + 20);
  EXPECT_GT(simulation.retried, 20) << "there were retries at all";
}

TEST_P(Seeds, TheSameSeedTheSameStory) {
  const auto story = [] {
    Simulation simulation(GetParam(), route_with(Strategy::Latency, 1), 3);
    std::string text;
    const auto outcomes = simulation.run(30, 20'000, [](std::size_t model, std::int64_t now_ms) {
      return Behaviour{100.0 * static_cast<double>(model + 1), now_ms % 7 == 0};
    });
    for (const auto& each : outcomes) text += fmt::format("{}:{}:{};", each.at_ms, each.model, each.attempts);
    return text;
  };
  EXPECT_EQ(story(), story());
}

INSTANTIATE_TEST_SUITE_P(Random, Seeds, testing::Values(1, 7, 42, 1234, 99'991));

}  // namespace
}  // namespace millwright::gateway

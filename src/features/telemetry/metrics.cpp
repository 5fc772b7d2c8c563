// The metrics of the process, in the form Prometheus scrapes.
#include <array>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <sstream>
#include <unordered_map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "features/telemetry/telemetry.hpp"

namespace millwright::telemetry {
namespace {

constexpr std::size_t values_max = 200;
constexpr std::string_view other = "other";

const prometheus::Histogram::BucketBoundaries duration_buckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                               0.5,   1,      2.5,   5,    10,    30,   60,  120};
const prometheus::Histogram::BucketBoundaries first_token_buckets{0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1,
                                                                  0.25,  0.5,   0.75, 1,    2.5,  5,    7.5,  10};

/// The series one kind of request adds to, looked up once.
struct Series {
  prometheus::Counter* requests = nullptr;
  prometheus::Counter* cost = nullptr;
  prometheus::Histogram* duration = nullptr;
  prometheus::Histogram* first_token = nullptr;
  std::array<prometheus::Counter*, 5> tokens{};
};

constexpr std::array<std::string_view, 5> token_kinds{"input", "cache_read", "cache_write", "output", "reasoning"};

/// Values of one label: the first 200 stand for themselves, later ones are "other".
class BoundedLabel {
 public:
  std::string name_for(std::string value) {
    if (value.empty()) value = "none";
    if (seen_.contains(value)) return value;
    if (seen_.size() >= values_max) return std::string(other);
    seen_.insert(value);
    return value;
  }

 private:
  std::set<std::string> seen_;
};

/// A look-up that many threads read and few extend. Keys beyond the bound share what "other" finds.
template <class Value>
class Cache {
 public:
  template <class Make>
  Value find(const std::string& key, Make make) {
    {
      const std::shared_lock lock(mutex_);
      const auto found = values_.find(key);
      if (found != values_.end()) return found->second;
    }
    const std::unique_lock lock(mutex_);
    const auto found = values_.find(key);
    if (found != values_.end()) return found->second;
    Value made = make();
    if (values_.size() < entries_max) values_.emplace(key, made);
    return made;
  }

 private:
  static constexpr std::size_t entries_max = 20'000;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Value> values_;
};

struct Read {
  std::string help;
  std::function<double()> read;
};

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter().Name("millwright_requests_total").Help("Finished requests.").Register(registry);
  prometheus::Family<prometheus::Counter>& tokens = prometheus::BuildCounter()
                                                        .Name("millwright_tokens_total")
                                                        .Help("Tokens processed, by disjoint kind.")
                                                        .Register(registry);
  prometheus::Family<prometheus::Counter>& cost =
      prometheus::BuildCounter().Name("millwright_cost_usd_total").Help("Cost booked, in USD.").Register(registry);
  prometheus::Family<prometheus::Counter>& events = prometheus::BuildCounter()
                                                        .Name("millwright_events_total")
                                                        .Help("Events, such as a limit that bit.")
                                                        .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations = prometheus::BuildHistogram()
                                                             .Name("millwright_request_duration_seconds")
                                                             .Help("From the first byte in to the last byte out.")
                                                             .Register(registry);
  prometheus::Family<prometheus::Histogram>& first_tokens = prometheus::BuildHistogram()
                                                                .Name("millwright_first_token_seconds")
                                                                .Help("From the first byte in to the first token out.")
                                                                .Register(registry);

  Cache<Series> series;
  Cache<prometheus::Counter*> event_counters;
  std::mutex mutex;  // of the rest
  BoundedLabel use_cases, models, event_names, reasons;
  mutable std::mutex gauge_mutex;
  std::map<std::string, Read> gauges;

  Series make_series(const Trace& trace) {
    const std::scoped_lock lock(mutex);
    const std::string use_case = use_cases.name_for(trace.use_case), model = models.name_for(trace.model);
    const std::string status(status_name(trace.status));
    const prometheus::Labels pair{{"use_case", use_case}, {"model", model}};
    Series made;
    made.requests = &requests.Add({{"use_case", use_case}, {"model", model}, {"status", status}});
    made.cost = &cost.Add(pair);
    made.duration = &durations.Add(pair, duration_buckets);
    made.first_token = &first_tokens.Add(pair, first_token_buckets);
    for (std::size_t i = 0; i < token_kinds.size(); ++i) {
      made.tokens[i] = &tokens.Add({{"use_case", use_case}, {"model", model}, {"kind", std::string(token_kinds[i])}});
    }
    return made;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::count_request(const Trace& trace) {
  std::string key;
  key.reserve(trace.use_case.size() + trace.model.size() + 3);
  key.append(trace.use_case).append(1, '\x1f').append(trace.model).append(1, '\x1f');
  key.push_back(static_cast<char>('0' + static_cast<int>(trace.status)));
  const Series series = state_->series.find(key, [this, &trace] { return state_->make_series(trace); });
  series.requests->Increment();
  series.duration->Observe(trace.duration_us / 1e6);
  if (trace.first_token_us > 0) series.first_token->Observe(trace.first_token_us / 1e6);
  const std::array<std::int64_t, 5> counts{trace.tokens.input, trace.tokens.cache_read, trace.tokens.cache_write,
                                           trace.tokens.output, trace.tokens.reasoning};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) series.tokens[i]->Increment(static_cast<double>(counts[i]));
  }
  if (trace.cost > Money()) series.cost->Increment(static_cast<double>(trace.cost.nano()) / 1e9);
}

void Metrics::count_event(std::string_view name, std::string_view reason) {
  std::string key(name);
  key.append(1, '\x1f').append(reason);
  state_->event_counters
      .find(key,
            [this, name, reason] {
              const std::scoped_lock lock(state_->mutex);
              const std::string event = state_->event_names.name_for(std::string(name));
              const std::string why = state_->reasons.name_for(std::string(reason));
              return &state_->events.Add({{"event", event}, {"reason", why}});
            })
      ->Increment();
}

void Metrics::add_gauge(std::string name, std::string help, std::function<double()> read) {
  const std::scoped_lock lock(state_->gauge_mutex);
  state_->gauges.insert_or_assign(std::move(name), Read{std::move(help), std::move(read)});
}

std::string Metrics::render() const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  {
    const std::scoped_lock lock(state_->gauge_mutex);
    for (const auto& [name, gauge] : state_->gauges) {
      prometheus::MetricFamily family{name, gauge.help, prometheus::MetricType::Gauge, {}};
      family.metric.emplace_back();
      family.metric.back().gauge.value = gauge.read();
      families.push_back(std::move(family));
    }
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace millwright::telemetry

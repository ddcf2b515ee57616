#include "metrics/request_metrics.h"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <vector>

namespace pyesi::metrics {
namespace {

constexpr std::size_t kRoutes = 233;
constexpr base::TimePoint kNow{std::chrono::seconds{1'000}};

std::vector<std::string> labels() {
    std::vector<std::string> all(kRoutes);
    for (std::size_t route = 0; route < kRoutes; ++route) {
        all[route] = "Operation" + std::to_string(route);
    }
    return all;
}

void add_to_counter(benchmark::State& state) {
    Counter counter;
    for (auto _ : state) counter.add();
    benchmark::DoNotOptimize(counter.value());
}
BENCHMARK(add_to_counter);

void record_duration(benchmark::State& state) {
    Histogram histogram;
    std::int64_t length = 1'000'000;
    for (auto _ : state) {
        histogram.record(base::Duration{length});
        length = length * 3 % 10'000'000'019;
    }
}
BENCHMARK(record_duration);

void count_fresh_hit(benchmark::State& state) {
    RequestMetrics metrics{labels()};
    for (auto _ : state) metrics.on_fresh_hit(17, kNow);
}
BENCHMARK(count_fresh_hit);

void count_request(benchmark::State& state) {
    RequestMetrics metrics{labels()};
    for (auto _ : state) {
        metrics.on_attempt(17, 1, {});
        metrics.on_request_end(
            17, Outcome::Network, std::chrono::milliseconds{3}, kNow);
    }
}
BENCHMARK(count_request);

void take_snapshot(benchmark::State& state) {
    RequestMetrics metrics{labels()};
    for (RequestMetrics::RouteIndex route = 0; route < kRoutes; ++route) {
        metrics.on_request_end(
            route, Outcome::Network, std::chrono::milliseconds{3}, kNow);
    }
    for (auto _ : state) benchmark::DoNotOptimize(metrics.snapshot(kNow));
}
BENCHMARK(take_snapshot);

}  // namespace
}  // namespace pyesi::metrics

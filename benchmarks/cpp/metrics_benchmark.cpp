#include "all_routes.h"
#include "metrics/route_series.h"

#include <benchmark/benchmark.h>

namespace pyesi::metrics {
namespace {

void add_to_counter(benchmark::State& state) {
    Counter counter;
    for (auto _ : state) {
        counter.add();
        benchmark::DoNotOptimize(counter);  // else it is kept in a register
    }
    benchmark::DoNotOptimize(counter.value());
}
BENCHMARK(add_to_counter);

void add_to_shared_counter(benchmark::State& state) {
    SharedCounter counter;
    for (auto _ : state) counter.add();
    benchmark::DoNotOptimize(counter.value());
}
BENCHMARK(add_to_shared_counter);

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
    for (auto _ : state) count_one(metrics, 17);
}
BENCHMARK(count_request);

void take_snapshot(benchmark::State& state) {
    RequestMetrics metrics{labels()};
    count_each_route(metrics);
    for (auto _ : state) benchmark::DoNotOptimize(metrics.snapshot(kNow));
}
BENCHMARK(take_snapshot);

/// What the core does for a scrape once it has a snapshot.
void write_route_series(benchmark::State& state) {
    RequestMetrics metrics{labels()};
    count_each_route(metrics);
    const auto all = metrics.snapshot(kNow);
    for (auto _ : state) benchmark::DoNotOptimize(route_series(all, "benchmark"));
}
BENCHMARK(write_route_series);

}  // namespace
}  // namespace pyesi::metrics

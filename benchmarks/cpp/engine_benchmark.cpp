#include "base/clock.h"
#include "noted_request.h"

#include <benchmark/benchmark.h>

namespace pyesi::engine {
namespace {

/// The clock apart, which the engine looks at for other ends as well.
void note_times(benchmark::State& state) {
    const auto end = quick_reply();
    base::TimePoint now{std::chrono::seconds{1}};
    for (auto _ : state) {
        benchmark::DoNotOptimize(note_a_request(
            end, [&now] { return now += std::chrono::microseconds{30}; }));
    }
}
BENCHMARK(note_times);

/// As if the engine looked at the clock for nothing else.
void note_times_by_the_clock(benchmark::State& state) {
    const auto end = quick_reply();
    const base::Clock clock;
    for (auto _ : state) {
        benchmark::DoNotOptimize(note_a_request(end, [&clock] { return clock.now(); }));
    }
}
BENCHMARK(note_times_by_the_clock);

}  // namespace
}  // namespace pyesi::engine

#include "base/clock.h"
#include "noted_request.h"

#include <benchmark/benchmark.h>

namespace pyesi::engine {
namespace {

constexpr std::chrono::microseconds kStep{30};

/// What it costs an answer that came plain. The engine has the times of all steps
/// already: it looks at the clock for gates, budgets and counters.
void note_times(benchmark::State& state) {
    const auto end = quick_reply();
    base::TimePoint now{std::chrono::seconds{1}};
    for (auto _ : state) {
        benchmark::DoNotOptimize(note_a_request(end, [&now] { return now += kStep; }));
    }
}
BENCHMARK(note_times);

/// One that came coded: there the end of decoding is looked up for the timeline alone.
void note_times_and_decoding(benchmark::State& state) {
    const auto end = quick_reply();
    const base::Clock clock;
    base::TimePoint now{std::chrono::seconds{1}};
    for (auto _ : state) {
        benchmark::DoNotOptimize(clock.now());
        benchmark::DoNotOptimize(note_a_request(end, [&now] { return now += kStep; }));
    }
}
BENCHMARK(note_times_and_decoding);

/// If it looked at the clock for nothing else: at each of seven steps.
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

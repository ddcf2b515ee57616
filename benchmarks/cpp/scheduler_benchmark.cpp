// What a request pays for being governed: the gates alone, then the whole way through
// the scheduler while few or very many others wait.

#include "http/headers.h"
#include "scheduler/limit_headers.h"
#include "scheduler/origin_limits.h"
#include "scheduler/scheduler.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace {

std::atomic<std::int64_t> allocations{0};
std::atomic<std::int64_t> bytes_held{0};

}  // namespace

// Counts, so that what is said to allocate nothing can be seen not to.
void* operator new(std::size_t size) {
    void* const block = std::malloc(size);
    if (block == nullptr) throw std::bad_alloc{};
    allocations.fetch_add(1, std::memory_order_relaxed);
    bytes_held.fetch_add(static_cast<std::int64_t>(malloc_usable_size(block)),
                         std::memory_order_relaxed);
    return block;
}

void operator delete(void* block) noexcept {
    bytes_held.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(block)),
                         std::memory_order_relaxed);
    std::free(block);
}

void operator delete(void* block, std::size_t) noexcept {
    operator delete(block);
}

namespace pyesi::scheduler {
namespace {

/// Reports what a loop allocates for each of its rounds.
class AllocationCount {
public:
    explicit AllocationCount(benchmark::State& state) : state_{state} {}
    AllocationCount(const AllocationCount&) = delete;
    AllocationCount& operator=(const AllocationCount&) = delete;
    ~AllocationCount() {
        const auto made = static_cast<double>(allocations.load() - before_);
        state_.counters["allocations"] =
            made / static_cast<double>(state_.iterations());
    }

private:
    benchmark::State& state_;
    std::int64_t before_ = allocations.load();
};

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const RouteLimit& orders() {
    static const auto limit = make_grouped_limit(
        "GetMarketsRegionIdOrders", "market-order", 10'000'000, minutes{15});
    return limit;
}

const RouteLimit& types() {
    static const auto limit = make_error_limit("GetUniverseTypesTypeId");
    return limit;
}

http::Headers usual_headers() {
    http::Headers headers;
    headers.append("date", "Sat, 21 Nov 2026 11:00:00 GMT");
    headers.append("content-type", "application/json");
    headers.append("content-length", "37000");
    headers.append("content-encoding", "gzip");
    headers.append("cache-control", "public");
    headers.append("etag",
                   "W/\"a17f3bd3a2bf2ff3a94b0e2b40d1b7b6b1a67e67d0e9ac0b67e4\"");
    headers.append("expires", "Sat, 21 Nov 2026 11:05:00 GMT");
    headers.append("last-modified", "Sat, 21 Nov 2026 11:00:00 GMT");
    headers.append("x-pages", "405");
    headers.append("x-ratelimit-group", "market-order");
    headers.append("x-ratelimit-limit", "10000000/15m");
    headers.append("x-ratelimit-remaining", "9999000");
    headers.append("x-ratelimit-used", "2");
    headers.append("x-esi-request-id", "0d5b8e2c-6d0e-4d3f-8f4b-6a1f9e6f4a55");
    headers.append("vary", "Accept-Encoding");
    return headers;
}

Ticket ticket_for(const RouteLimit& limit, std::uint64_t id) {
    Ticket ticket;
    ticket.id = id;
    ticket.limit = &limit;
    return ticket;
}

void gate_chain(benchmark::State& state) {
    OriginLimits limits;
    CircuitBreaker breaker;
    ConcurrencyLimit concurrency{20};
    const std::array<Gate*, 2> own{&breaker, &concurrency};
    const auto& route = state.range(0) == 0 ? orders() : types();
    auto ticket = ticket_for(route, 1);
    const auto outcome = answered(200, {}, 0);
    auto now = base::TimePoint{std::chrono::hours{1000}};
    const AllocationCount count{state};
    for (auto _ : state) {
        now += microseconds{100};
        for (const auto* const gate : own) {
            benchmark::DoNotOptimize(gate->admit(ticket, now));
        }
        benchmark::DoNotOptimize(limits.try_send(ticket, now));
        for (auto* const gate : own) gate->on_sent(ticket, now);
        for (auto* const gate : own) gate->on_outcome(ticket, outcome, now);
        limits.on_outcome(ticket, outcome, now);
    }
}
BENCHMARK(gate_chain)->ArgName("ungrouped")->Arg(0)->Arg(1);

/// The same with what a real answer says, but not the reading of it.
void gate_chain_told(benchmark::State& state) {
    OriginLimits limits;
    const auto headers = usual_headers();
    const auto outcome = answered(200, read_limit_headers(headers, {}), 0);
    auto ticket = ticket_for(orders(), 1);
    auto now = base::TimePoint{std::chrono::hours{1000}};
    const AllocationCount count{state};
    for (auto _ : state) {
        now += microseconds{100};
        benchmark::DoNotOptimize(limits.try_send(ticket, now));
        limits.on_outcome(ticket, outcome, now);
    }
}
BENCHMARK(gate_chain_told);

void limit_headers(benchmark::State& state) {
    const auto headers = usual_headers();
    const AllocationCount count{state};
    for (auto _ : state) {
        benchmark::DoNotOptimize(read_limit_headers(headers, {}));
    }
}
BENCHMARK(limit_headers);

/// One request in, one out, with so many others waiting: submit, admit, settle.
void admit_queue_settle(benchmark::State& state) {
    Scheduler scheduler{{.max_waiting = 2'000'000}};
    scheduler.add_upstream({"https://bench", std::make_shared<OriginLimits>(), 20});
    auto now = base::TimePoint{std::chrono::hours{1000}};
    std::uint64_t id = 0;
    const auto submit = [&] {
        auto ticket = ticket_for(orders(), ++id);
        ticket.deadline = now + minutes{10};
        ticket.pool_deadline = now + minutes{5};
        scheduler.submit(ticket);
    };
    const auto before = bytes_held.load();
    for (int i = 0; i < state.range(0); ++i) submit();
    state.counters["bytes_each"] = static_cast<double>(bytes_held.load() - before) /
                                   static_cast<double>(state.range(0));

    std::vector<Verdict> verdicts;
    scheduler.drain(now, verdicts);
    std::uint64_t oldest = 1;
    const AllocationCount count{state};
    for (auto _ : state) {
        now += milliseconds{1} / 100;
        submit();
        scheduler.on_outcome(oldest++, answered(200, {}, 0), now);
        verdicts.clear();
        scheduler.drain(now, verdicts);
        benchmark::DoNotOptimize(scheduler.wake_at());
    }
}
BENCHMARK(admit_queue_settle)->Arg(21)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

/// The same where ten thousand characters wait, each a bucket of its own.
void admit_queue_settle_fairly(benchmark::State& state) {
    Scheduler scheduler;
    scheduler.add_upstream({"https://bench", std::make_shared<OriginLimits>(), 20});
    auto now = base::TimePoint{std::chrono::hours{1000}};
    std::vector<std::string> names;
    names.reserve(10'000);
    for (int i = 0; i < 10'000; ++i) names.push_back("app:" + std::to_string(i));
    std::uint64_t id = 0;
    const auto submit = [&] {
        auto ticket = ticket_for(orders(), ++id);
        ticket.identity = make_identity(names[id % names.size()]);
        scheduler.submit(ticket);
    };
    for (int i = 0; i < state.range(0); ++i) submit();

    std::vector<Verdict> verdicts;
    scheduler.drain(now, verdicts);
    std::size_t ended = 0;
    std::vector<std::uint64_t> admitted;
    admitted.reserve(verdicts.size());
    for (const auto& verdict : verdicts) admitted.push_back(verdict.id);
    const AllocationCount count{state};
    for (auto _ : state) {
        now += milliseconds{1} / 100;
        submit();
        scheduler.on_outcome(admitted[ended], answered(200, {}, 0), now);
        verdicts.clear();
        scheduler.drain(now, verdicts);
        admitted[ended] = verdicts.front().id;
        ended = (ended + 1) % admitted.size();
    }
}
BENCHMARK(admit_queue_settle_fairly)->Arg(100'000);

/// An outcome while so many buckets wait for one: the error limit is all but spent, and
/// each of these characters asks for a structure's market.
void outcome_among_shut_lanes(benchmark::State& state) {
    Scheduler scheduler;
    scheduler.add_upstream({"https://bench", std::make_shared<OriginLimits>(), 20});
    auto now = base::TimePoint{std::chrono::hours{1000}};
    const auto count = static_cast<std::uint64_t>(state.range(0));
    for (std::uint64_t id = 1; id <= count; ++id) {
        auto ticket = ticket_for(types(), id);
        ticket.identity = {"app:character", spread(id)};
        scheduler.submit(ticket);
    }
    LimitHeaders told;
    told.errors_left = 22;
    told.error_reset = minutes{1};
    std::vector<Verdict> verdicts;
    std::vector<std::uint64_t> under_way;
    std::uint64_t id = count;
    for (auto _ : state) {
        now += microseconds{1};
        verdicts.clear();
        scheduler.drain(now, verdicts);
        for (const auto& verdict : verdicts) under_way.push_back(verdict.id);
        const auto ended = under_way.back();
        under_way.pop_back();
        scheduler.on_outcome(ended, answered(200, told, 0), now);
        auto ticket = ticket_for(types(), ++id);
        ticket.identity = {"app:character", spread(id)};
        scheduler.submit(ticket);
    }
}
BENCHMARK(outcome_among_shut_lanes)->Arg(100)->Arg(10'000)->Arg(100'000);

/// A lane that is put off again each time a token returns, while so many with a
/// deadline wait in it.
void put_off_among_dated(benchmark::State& state) {
    const auto wallet = make_grouped_limit("Wallet", "char-wallet", 150, minutes{15});
    Scheduler scheduler;
    scheduler.add_upstream({"https://bench", std::make_shared<OriginLimits>(), 20});
    auto now = base::TimePoint{std::chrono::hours{1000}};
    std::uint64_t id = 0;
    const auto submit = [&] {
        auto ticket = ticket_for(wallet, ++id);
        ticket.deadline = now + std::chrono::hours{24 * 365 * 10};
        scheduler.submit(ticket);
    };
    for (int i = 0; i < state.range(0); ++i) submit();
    std::vector<Verdict> verdicts;
    for (auto _ : state) {
        now += seconds{5};
        submit();
        verdicts.clear();
        scheduler.drain(now, verdicts);
        for (const auto& verdict : verdicts) {
            scheduler.on_outcome(verdict.id, answered(200, {}, 0), now);
        }
    }
}
BENCHMARK(put_off_among_dated)->Arg(100)->Arg(10'000)->Arg(500'000);

}  // namespace
}  // namespace pyesi::scheduler

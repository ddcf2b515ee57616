// Many simulated days, spread over the cores: whether the scheduler keeps its laws.
//
//   simulate_days KIND COUNT [FIRST_SEED]
//
//   days              whole days of ten clients that share the limits of one process
//   downtimes         the same for two hours around the daily downtime
//   ledger-days       days of ten processes that share a ledger
//   ledger-downtimes  the same for two hours around the daily downtime
//   apart             days of ten processes that know of each other by headers alone
//
// COUNT 1 repeats one seed. Prints what was seen, and ends with 1 if a law was broken.

#include "scheduler/day/laws.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace pyesi;                  // NOLINT(google-build-using-namespace)
using namespace pyesi::scheduler::day;  // NOLINT(google-build-using-namespace)

template <class T>
void raise(T& highest, T seen) {
    highest = std::max(highest, seen);
}

/// What many days have shown.
struct Sum {
    DayRecord all;
    std::uint64_t days = 0;
    std::vector<std::string> faults;

    void add(const DayPlan& plan, const DayRecord& day);
};

void Sum::add(const DayPlan& plan, const DayRecord& day) {
    ++days;
    all.requests += day.requests;
    all.attempts += day.attempts;
    all.first_attempts += day.first_attempts;
    all.retries += day.retries;
    all.refused += day.refused;
    all.foretold_refusals += day.foretold_refusals;
    all.unforeseen_refusals += day.unforeseen_refusals;
    all.error_refusals += day.error_refusals;
    all.over_ceiling += day.over_ceiling;
    all.repeated_changes += day.repeated_changes;
    raise(all.beyond_errors, day.beyond_errors);
    raise(all.longest_shut, day.longest_shut);
    all.least_throughput = std::min(all.least_throughput, day.least_throughput);
    all.wakes += day.wakes;
    all.events += day.events;
    all.exchanges += day.exchanges;
    for (std::size_t level = 0; level < scheduler::kPriorities; ++level) {
        raise(all.longest_wait[level], day.longest_wait[level]);
        raise(all.longest_standstill[level], day.longest_standstill[level]);
    }
    for (const auto& law : broken_laws(plan, day)) {
        faults.push_back("seed " + std::to_string(plan.seed) + ": " + law);
    }
}

/// Runs plans of consecutive seeds on all cores.
class Runs {
public:
    Runs(DayPlan plan, std::uint64_t count) : plan_{plan}, count_{count} {}

    Sum run() {
        std::vector<std::jthread> threads;
        const auto cores = std::max(1U, std::thread::hardware_concurrency());
        threads.reserve(cores);
        for (unsigned core = 0; core < cores; ++core) {
            threads.emplace_back([this] { work(); });
        }
        threads.clear();
        std::fputc('\n', stderr);
        return std::move(sum_);
    }

private:
    void work() {
        for (;;) {
            const auto number = next_.fetch_add(1);
            if (number >= count_) return;
            auto plan = plan_;
            plan.seed += number;  // the same in any order
            const auto day = Day{plan}.run();
            const std::lock_guard lock{mutex_};
            const auto faults_before = sum_.faults.size();
            sum_.add(plan, day);
            tell(faults_before);
        }
    }

    void tell(std::size_t faults_before) {
        for (auto fault = faults_before; fault < sum_.faults.size(); ++fault) {
            std::fprintf(stderr, "\n%s\n", sum_.faults[fault].c_str());
        }
        std::fprintf(stderr,
                     "\r%llu of %llu",
                     static_cast<unsigned long long>(sum_.days),
                     static_cast<unsigned long long>(count_));
    }

    DayPlan plan_;
    std::uint64_t count_;
    std::atomic<std::uint64_t> next_{0};
    std::mutex mutex_;
    Sum sum_;
};

DayPlan plan_of(const std::string& kind, std::uint64_t first_seed) {
    DayPlan plan{.seed = first_seed};
    if (kind.starts_with("ledger-")) plan.sharing = Sharing::Ledger;
    if (kind == "apart") plan.sharing = Sharing::None;
    if (kind.ends_with("downtimes")) {
        plan.begins = std::chrono::hours{10};
        plan.length = std::chrono::hours{2};
    }
    return plan;
}

void print_count(const char* what, std::uint64_t count) {
    std::printf("  %-44s %llu\n", what, static_cast<unsigned long long>(count));
}

void print_number(const char* what, double number) {
    std::printf("  %-44s %.3f\n", what, number);
}

void print(const Sum& sum, double seconds) {
    const auto& all = sum.all;
    print_count("runs", sum.days);
    print_count("requests", all.requests);
    print_count("attempts", all.attempts);
    print_number(
        "attempts for each first one",
        static_cast<double>(all.attempts) /
            static_cast<double>(std::max<std::uint64_t>(1, all.first_attempts)));
    print_count("held back and never sent", all.refused);
    print_count("429 that was foretold", all.foretold_refusals);
    print_count("429 that was not", all.unforeseen_refusals);
    print_count("420", all.error_refusals);
    print_count("520 by a hidden ceiling", all.over_ceiling);
    print_number("ungrouped under way beyond the errors left",
                 static_cast<double>(all.beyond_errors));
    print_count("changes sent twice", all.repeated_changes);
    for (std::size_t level = 0; level < scheduler::kPriorities; ++level) {
        const std::string name =
            scheduler::name_of(static_cast<scheduler::Priority>(level));
        print_number((std::string{"longest wait, s: "} + name).c_str(),
                     base::in_seconds(all.longest_wait[level]));
        print_number((std::string{"longest standstill, s: "} + name).c_str(),
                     base::in_seconds(all.longest_standstill[level]));
    }
    print_number("longest a breaker stayed shut for nothing, s",
                 base::in_seconds(all.longest_shut));
    print_number("least throughput, of what is allowed", all.least_throughput);
    print_count("events", all.events);
    print_count("of them, looks because some time had come", all.wakes);
    print_count("exchanges with the ledger", all.exchanges);
    print_count("broken laws", sum.faults.size());
    print_number("seconds", seconds);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs(
            "usage: simulate_days days|downtimes|clients|apart COUNT [FIRST_SEED]\n",
            stderr);
        return 2;
    }
    try {
        const auto began = std::chrono::steady_clock::now();
        const std::string kind = argv[1];
        const auto count = std::stoull(argv[2]);
        const auto first_seed = argc > 3 ? std::stoull(argv[3]) : 0;
        const auto sum = Runs{plan_of(kind, first_seed), count}.run();
        const std::chrono::duration<double> taken =
            std::chrono::steady_clock::now() - began;
        std::printf("%s, from seed %llu on\n", kind.c_str(), first_seed);
        print(sum, taken.count());
        return sum.faults.empty() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "simulate_days: %s\n", error.what());
        return 1;
    }
}

#include "scheduler/day/laws.h"

#include "scheduler/retry_budget.h"

#include <cstdint>

namespace pyesi::scheduler::day {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// A whole window may have to pass, and the longest downtime before or after it; a
// minute is for the order among those who wait.
constexpr auto kWindow = minutes{15};
constexpr auto kLongestTrouble = minutes{18};
constexpr auto kLongestStandstill = kWindow + kLongestTrouble + minutes{1};

// A breaker asks again every 15 s if somebody waits, which is so once a minute; its
// probe may meet silence for 20 s.
constexpr auto kLongestShut = seconds{60 + 15 + 20 + 5};

constexpr double kLeastThroughput = 0.95;

// Who shares limits looks every 50 ms for what others have freed, while he waits.
constexpr double kMostWakesPerSecond = 25;

/// Collects what does not hold.
class Laws {
public:
    void expect(bool holds, const std::string& law, const std::string& seen) {
        if (!holds) broken_.push_back(law + ": " + seen);
    }

    void expect_none(std::uint64_t count, const std::string& what) {
        expect(count == 0, "no " + what, std::to_string(count));
    }

    std::vector<std::string> broken() && { return std::move(broken_); }

private:
    std::vector<std::string> broken_;
};

std::string text_of(base::Duration length) {
    return std::to_string(base::in_seconds(length)) + " s";
}

void expect_order(const DayRecord& record, Laws& laws) {
    for (std::size_t level = 0; level < kPriorities; ++level) {
        const auto standstill = record.longest_standstill[level];
        laws.expect(standstill <= kLongestStandstill,
                    std::string{"nobody starves ("} +
                        name_of(static_cast<Priority>(level)) + ")",
                    text_of(standstill));
    }
}

/// What may be repeated of so many requests in so many spans of ten seconds.
void expect_few_retries(const DayPlan& plan, const DayRecord& record, Laws& laws) {
    const RetryBudget::Settings budget;
    const auto spans = base::in_seconds(plan.length) / 10 + 1;
    const auto allowed = budget.share * static_cast<double>(record.first_attempts) +
                         static_cast<double>(budget.floor) * spans * plan.processes;
    laws.expect(static_cast<double>(record.retries) <= allowed,
                "retries stay within their budget",
                std::to_string(record.retries));
}

}  // namespace

std::vector<std::string> broken_laws(const DayPlan& plan, const DayRecord& record) {
    Laws laws;
    if (plan.sharing != Sharing::None || plan.processes == 1) {
        laws.expect_none(record.foretold_refusals, "429 that was foretold");
        laws.expect_none(record.error_refusals, "420");
        laws.expect_none(record.over_ceiling, "overrun of a hidden ceiling");
    }
    laws.expect(record.beyond_errors <= 0,
                "ungrouped requests fit into the errors that are left",
                std::to_string(record.beyond_errors));
    laws.expect_none(record.repeated_changes, "change sent twice");
    expect_order(record, laws);
    expect_few_retries(plan, record, laws);
    laws.expect(record.longest_shut <= kLongestShut,
                "a breaker is never stuck",
                text_of(record.longest_shut));
    const bool knows_all = plan.sharing != Sharing::None || plan.processes == 1;
    laws.expect(!knows_all || record.least_throughput >= kLeastThroughput,
                "demand uses up what there is",
                std::to_string(record.least_throughput));
    const auto process_seconds = base::in_seconds(plan.length) * plan.processes;
    laws.expect(
        static_cast<double>(record.wakes) <= kMostWakesPerSecond * process_seconds,
        "nobody wakes without end",
        std::to_string(record.wakes));
    for (const auto& leak : record.leaks) laws.expect(false, "all is given back", leak);
    return std::move(laws).broken();
}

}  // namespace pyesi::scheduler::day

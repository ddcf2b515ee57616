#pragma once

#include "scheduler/day/dice.h"
#include "scheduler/day/esi.h"
#include "scheduler/day/process.h"
#include "scheduler/day/weather.h"
#include "scheduler/ledger.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

namespace pyesi::scheduler::day {

/// How the processes of a day know of each other's spending.
enum class Sharing : std::uint8_t {
    None,        ///< by what the headers tell
    OneProcess,  ///< they are clients of one process, which share its limits
    Ledger,      ///< each has limits of its own, and all tell one ledger
};

/// What a day is made of. The same plan gives the same day.
struct DayPlan {
    std::uint64_t seed = 0;
    base::Duration begins{};  ///< time of day, UTC
    base::Duration length = std::chrono::hours{24};
    std::uint32_t processes = 10;
    Sharing sharing = Sharing::OneProcess;
    double load = 0.3;  ///< 1: some 900,000 requests a day
};

/// What a day has shown.
struct DayRecord {
    std::uint64_t requests = 0;
    std::uint64_t attempts = 0;
    std::uint64_t first_attempts = 0;
    std::uint64_t retries = 0;
    std::uint64_t allowed_retries = 0;  ///< by the budgets
    std::uint64_t refused = 0;          ///< held back and never sent

    std::uint64_t foretold_refusals = 0;    ///< 429, and it could have been known
    std::uint64_t unforeseen_refusals = 0;  ///< 429, since answers cost more than most
    std::uint64_t error_refusals = 0;       ///< 420
    std::uint64_t over_ceiling = 0;         ///< 520 for want of room under a ceiling
    std::int64_t beyond_errors = 0;  ///< ungrouped under way beyond what was left
    std::uint64_t repeated_changes = 0;

    std::array<base::Duration, kPriorities> longest_wait{};
    std::array<base::Duration, kPriorities> longest_standstill{};
    base::Duration longest_shut{};  ///< a breaker, after all trouble was over
    double least_throughput = 1e9;  ///< of what the windows and the reserve allow
    std::uint64_t wakes = 0;        ///< because some time had come
    std::uint64_t events = 0;
    std::uint64_t exchanges = 0;     ///< with the ledger
    std::vector<std::string> leaks;  ///< what was not given back at the end
};

/// One day of several processes against one ESI, event by event, under a manual clock.
///
/// Thread: any one at a time.
class Day {
public:
    explicit Day(const DayPlan& plan);

    /// REQUIRES: it was not run before.
    DayRecord run();

private:
    struct Event {
        enum class What : std::uint8_t {
            Wish,
            Arrival,
            Answer,
            Retry,
            GivenUp,
            Wake,
            Look,    ///< whether the ledger is to be told
            Report,  ///< reaches the ledger
            Grant,   ///< comes back from it
        };

        base::TimePoint at{};
        std::uint64_t order = 0;
        std::uint32_t process = 0;
        std::uint32_t subject = 0;  ///< a stream's or a request's number
        std::uint32_t generation = 0;
        What what = What::Wish;

        bool operator<(const Event& other) const noexcept {
            return at != other.at ? at > other.at : order > other.order;
        }
    };

    /// Processes that know of each other.
    struct Party {
        std::int64_t ungrouped_in_flight = 0;
        std::int64_t errors_left = 100;
        base::TimePoint until{};
    };

    /// What one process has said to the ledger, and heard.
    struct Exchange {
        LedgerRequest request;
        std::optional<LedgerReply> reply;
        base::TimePoint planned_look = base::TimePoint::max();
    };

    // `number` is a process's; `subject` that of its stream or its request.
    void plan_event(base::TimePoint at, Event event);
    void ask_ledger(std::uint32_t number);
    void on_report(std::uint32_t number);
    void on_grant(std::uint32_t number);
    base::Duration way_to_ledger();
    void take(const Event& event);
    void settle(std::uint32_t number);

    void on_wish(std::uint32_t number, std::uint32_t subject);
    void ask_for_more(std::uint32_t number, std::uint32_t subject);
    void on_sent(std::uint32_t number, std::uint32_t subject);
    void on_arrival(std::uint32_t number, std::uint32_t subject);
    void serve(Process& process, Request& request, const Fate& fate);
    void on_answer(std::uint32_t number, std::uint32_t subject);
    void on_given_up(std::uint32_t number, std::uint32_t subject);
    void end_attempt(std::uint32_t number, std::uint32_t subject);
    void end(std::uint32_t number, std::uint32_t subject);

    void count_refusals(const Request& request, const Esi::Reply& reply);
    void learn_errors_left(Party& party, const Request& request);
    void look_at_breaker(std::uint32_t number);
    bool is_outdated(const Event& event) const;
    bool is_living(const Event& event);
    int status_to_come(const Stream& stream);
    base::Duration time_of_day() const { return plan_.begins + (now_ - start_); }
    base::Duration trouble() const;
    Party& party_of(std::uint32_t process);

    void finish();
    void measure_throughput();
    void look_for_leaks();

    DayPlan plan_;
    Dice dice_;
    Weather weather_;
    Esi esi_;
    Ledger ledger_;
    std::vector<Exchange> exchanges_;
    std::vector<std::unique_ptr<Process>> processes_;
    std::vector<Party> parties_;
    std::vector<base::TimePoint> planned_wakes_;
    std::vector<base::TimePoint> shut_since_;
    std::priority_queue<Event> events_;
    std::uint64_t order_ = 0;
    base::TimePoint start_ = base::TimePoint{std::chrono::hours{1000}};
    base::TimePoint now_ = start_;
    std::vector<std::uint32_t> sent_;
    std::vector<std::uint32_t> refused_;
    DayRecord record_;
};

}  // namespace pyesi::scheduler::day

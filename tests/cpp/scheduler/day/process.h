#pragma once

#include "scheduler/day/dice.h"
#include "scheduler/day/stream.h"
#include "scheduler/origin_limits.h"
#include "scheduler/retry_budget.h"
#include "scheduler/retry_policy.h"
#include "scheduler/scheduler.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pyesi::scheduler::day {

/// A request of a simulated process, from its being asked for to its end.
struct Request {
    enum class Stage : std::uint8_t { Queued, Sent, Served, Pausing, Ended };

    Ticket ticket{};
    std::uint32_t stream = 0;
    std::uint32_t identity = 0;
    std::uint32_t generation = 0;
    int attempts = 0;
    Stage stage = Stage::Queued;
    bool given_up = false;  ///< before it was served
    bool may_have_arrived = false;
    base::TimePoint waits_since{};

    // Its attempt under way.
    Outcome outcome{};
    base::ErrorKind failure = base::ErrorKind::ConnectionLost;
    std::uint32_t tokens = 0;
    base::TimePoint errors_until{};  ///< the end of the error window it was served in
    bool was_foretold = false;       ///< it could be known that there was no room
};

/// What a process has done.
struct Tally {
    std::uint64_t asked = 0;
    std::uint64_t ended = 0;
    std::uint64_t refused = 0;
    std::uint64_t suspended = 0;  ///< changes that were not sent into a downtime
    std::uint64_t first_attempts = 0;
    std::uint64_t retries = 0;
    std::uint64_t repeated_changes = 0;
    std::array<base::Duration, kPriorities> longest_wait{};

    /// The longest that somebody waited while nobody of the same stream went.
    std::array<base::Duration, kPriorities> longest_standstill{};
};

/// A client's engine in small: the real scheduler, breaker, retry policy, retry budget
/// and knowledge of the downtime, put together as the engine does, without a network.
///
/// Thread: any one at a time.
class Process {
public:
    struct Settings {
        Scheduler::Settings scheduler{};
        std::uint32_t max_in_flight = 20;
        RetryPolicy retry{};
        RetryBudget::Settings budget{};
    };

    Process(const Settings& settings,
            std::shared_ptr<OriginLimits> limits,
            std::vector<Stream> streams);

    /// The next request of a stream, on its way into the queue; its number. None if the
    /// stream has no wish, or enough under way.
    std::optional<std::uint32_t> ask(std::uint32_t stream, base::TimePoint now);

    /// Appends who may be sent now. Who was refused has ended, and is appended too.
    void drain(base::TimePoint now,
               std::vector<std::uint32_t>& sent,
               std::vector<std::uint32_t>& refused);

    std::optional<base::TimePoint> wake_at() { return scheduler_.wake_at(); }

    // `number`: of a request.

    /// Its attempt has ended, as its `outcome` says. When to send it again, if at all;
    /// else it has ended.
    std::optional<base::TimePoint> on_attempt_end(std::uint32_t number,
                                                  base::TimePoint now,
                                                  double jitter);

    void queue_again(std::uint32_t number, base::TimePoint now);

    /// Its caller has gone. False if it is under way: then its outcome is owed.
    bool withdraw(std::uint32_t number);

    /// What has ended leaves.
    void forget(std::uint32_t number);

    /// Tells the time of day, by which a downtime is known.
    void set_time_of_day(base::WallTime now) noexcept { wall_now_ = now; }

    Request& request(std::uint32_t number) { return requests_[number]; }
    std::vector<Stream>& streams() noexcept { return streams_; }
    const Scheduler& scheduler() const noexcept { return scheduler_; }
    OriginLimits& limits() noexcept { return *limits_; }

    /// What the shared limits allow has changed.
    void on_limits_changed() { scheduler_.on_limits_changed(0); }
    const Tally& tally() const noexcept { return tally_; }

    /// Ungrouped requests that are under way.
    std::int64_t ungrouped_in_flight() const noexcept { return ungrouped_in_flight_; }

private:
    Identity identity_of(std::uint32_t number);
    void submit(std::uint32_t number, base::TimePoint now);
    bool is_grouped(const Request& request) const;
    bool is_suspended(const Request& request, base::TimePoint now) const;
    void note_wait(const Request& request, base::TimePoint now);
    void on_admitted(std::uint32_t number, base::TimePoint now);
    RetryInput retry_input(const Request& request, base::TimePoint now) const;

    Settings settings_;
    std::shared_ptr<OriginLimits> limits_;
    Scheduler scheduler_;
    RetryBudget budget_;
    std::vector<Stream> streams_;
    std::unordered_map<std::uint32_t, std::string> names_;
    std::vector<Request> requests_;
    std::vector<std::uint32_t> free_;
    std::vector<Verdict> verdicts_;
    std::vector<std::uint32_t> suspended_;
    std::int64_t ungrouped_in_flight_ = 0;
    base::WallTime wall_now_{};
    Tally tally_;
};

}  // namespace pyesi::scheduler::day

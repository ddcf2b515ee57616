#pragma once

#include "base/time.h"
#include "scheduler/circuit_breaker.h"
#include "scheduler/concurrency_limit.h"
#include "scheduler/gate.h"
#include "scheduler/group_waits.h"
#include "scheduler/key_index.h"
#include "scheduler/load_balancer.h"
#include "scheduler/origin_limits.h"
#include "scheduler/ready_queue.h"
#include "scheduler/slab.h"
#include "scheduler/ticket.h"
#include "scheduler/upstream_health.h"
#include "scheduler/upstream_turns.h"
#include "scheduler/verdict.h"
#include "scheduler/wake_queue.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pyesi::scheduler {

/// Where requests can be sent.
struct UpstreamSettings {
    std::string origin;
    std::shared_ptr<OriginLimits> limits;  ///< shared with all who send there
    std::uint32_t max_in_flight = 20;
    CircuitBreaker::Settings breaker{};
};

struct UpstreamState {
    std::string origin;
    std::size_t waiting = 0;
    std::size_t lanes = 0;  ///< buckets × priorities that have tickets waiting
    std::size_t lanes_set_aside = 0;  ///< of them, those whose gate is shut
    std::uint32_t in_flight = 0;
    std::uint32_t max_in_flight = 0;
    BreakerState breaker;
    LimitsState limits;
    std::vector<GroupWaitsState> group_waits;  ///< of this scheduler's tickets alone
    std::optional<HealthState> health;  ///< of one that shares its work with others
};

/// One moment of a scheduler.
struct SchedulerStatistics {
    std::array<std::size_t, kPriorities> waiting{};  ///< by priority
    std::size_t in_flight = 0;
    std::uint32_t max_in_flight = 0;  ///< of all upstreams together; 0: no bound
    std::vector<UpstreamState> upstreams;
};

/// Decides what is sent next, and when. It sends nothing itself and sees no clock.
///
/// A ticket is submitted; a later `drain` gives its one verdict, unless it was
/// withdrawn before. An admitted ticket holds its place in all gates until its one
/// `on_outcome`. A ticket that cannot be admitted before its deadline is refused at
/// once, with the time after which it could have been. So is one that waits for a slot
/// only so long (`pool_deadline`) where the upstream is down; the others wait for it to
/// come back.
///
/// After each batch of `submit`, `withdraw` and `on_outcome`, and at `wake_at`, the
/// owner calls `drain`.
///
/// Thread: network thread only.
class Scheduler {
public:
    struct Settings {
        std::size_t max_waiting = 1'000'000;  ///< more are refused: QueueFull

        /// Of each floating window this share is left to Interactive, so that no sweep
        /// ever empties one. In [0, 1).
        float reserve = 0.1F;

        /// Of all upstreams together; 0: as many as each of them allows.
        std::uint32_t max_in_flight = 0;
    };

    Scheduler() : Scheduler{Settings{}} {}
    explicit Scheduler(const Settings& settings) noexcept;
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    /// Gives back to the origins' limits what is still in flight.
    ~Scheduler();

    /// Its number, for Ticket::upstream. REQUIRES: settings.limits is not null.
    std::uint32_t add_upstream(UpstreamSettings settings);

    /// REQUIRES: no living ticket has its id; its upstream is known; what it borrows
    /// lives until its verdict is a refusal, its withdrawal or its outcome. `now`,
    /// where it is told, makes what the verdict says of its wait exact.
    void submit(const Ticket& ticket, base::TimePoint now = base::TimePoint::min());

    /// Takes a ticket back: no verdict follows. False if it does not wait: its verdict
    /// was given, and if that admitted it, `on_outcome` is still owed.
    bool withdraw(std::uint64_t id);

    /// Appends the verdicts that can be given now.
    void drain(base::TimePoint now, std::vector<Verdict>& verdicts);

    /// The earliest instant at which a `drain` could give a verdict, if nothing else
    /// happens before; nothing if only an outcome can change anything.
    std::optional<base::TimePoint> wake_at();

    /// How an admitted ticket's attempt ended. No effect for an id that is not in
    /// flight.
    void on_outcome(std::uint64_t id, const Outcome& outcome, base::TimePoint now);

    /// What an upstream's limits allow has changed: whoever waits for them is looked at
    /// by the next `drain`.
    void on_limits_changed(std::uint32_t upstream) {
        upstreams_[upstream]->queue.wake(base::TimePoint::max());
    }

    /// Whether the daily downtime is near: see CircuitBreaker.
    void expect_downtime(bool expects) noexcept;

    /// Half as many at once, and neither Background nor Warming, until it is over.
    void set_emergency(bool on) noexcept;

    /// Whether that upstream counts as down.
    bool is_shut(std::uint32_t upstream, base::TimePoint now) const noexcept {
        return upstreams_[upstream]->breaker.is_shut(now);
    }

    /// Keeps account of how that upstream fares, from now on.
    UpstreamHealth& watch(std::uint32_t upstream);

    /// Null if it is not watched.
    UpstreamHealth* health_of(std::uint32_t upstream) noexcept {
        return upstreams_[upstream]->health.get();
    }

    /// Where that upstream stands among several; its weight and key are 1 and 0.
    /// REQUIRES: it is watched.
    Candidate candidate(std::uint32_t upstream, base::TimePoint now) const;

    /// The ticket that goes next there, once a slot is free; nothing if none waits for
    /// one.
    std::optional<std::uint64_t> next_waiting(std::uint32_t upstream) const noexcept;

    /// The tickets that wait for that upstream, in no order.
    std::vector<std::uint64_t> waiting_for(std::uint32_t upstream) const;

    std::size_t waiting() const noexcept { return waiting_ + refusals_.size(); }
    std::size_t in_flight() const noexcept { return records_.size() - waiting_; }

    SchedulerStatistics statistics(base::TimePoint now) const;

private:
    struct Upstream {
        Upstream(UpstreamSettings settings,
                 Slab<Record>& records,
                 ConcurrencyLimit& all);

        void set_emergency(bool on) noexcept;

        /// The limits that are this scheduler's alone. Each answers alike for all
        /// lanes: where one says no, the whole upstream waits.
        std::array<Gate*, 3> own_gates() noexcept {
            return {&breaker, &concurrency, of_all};
        }

        std::string origin;
        std::shared_ptr<OriginLimits> limits;
        CircuitBreaker breaker;
        ConcurrencyLimit concurrency;
        ConcurrencyLimit* of_all;  ///< on all upstreams together
        ReadyQueue queue;
        std::unique_ptr<UpstreamHealth> health;  ///< null: it is one alone
        WakeQueue pool_deadlines;
        base::TimePoint opens_at = base::TimePoint::max();
        Held held{};  ///< of its tickets, what is its own part
        GroupWaits group_waits;
    };

    using Verdicts = std::vector<Verdict>;

    /// What became of the ticket that was next.
    enum class Step : std::uint8_t {
        Went,
        Left,   ///< refused or set aside: another may go
        Stays,  ///< and so do all who wait for that upstream
    };

    Upstream& upstream_of(const Ticket& ticket) { return *upstreams_[ticket.upstream]; }
    bool is_waiting(const WakeQueue::Entry& entry) const noexcept;
    bool is_hopeless(std::uint32_t record) const noexcept;

    void expire_deadlines(base::TimePoint now, Verdicts& verdicts);
    void expire_pool_waits(Upstream& upstream, base::TimePoint now, Verdicts& verdicts);
    void admit(base::TimePoint now, Verdicts& verdicts);
    void admit_by_turns(base::TimePoint now, Verdicts& verdicts);
    Step admit_next(Upstream& upstream, base::TimePoint now, Verdicts& verdicts);
    bool try_own_gates(Upstream& upstream,
                       std::uint32_t record,
                       base::TimePoint now,
                       Verdicts& verdicts);
    void let_go(Upstream& upstream,
                std::uint32_t record,
                base::TimePoint now,
                Verdicts& verdicts);
    void put_off(std::uint32_t record,
                 const Admission& admission,
                 base::TimePoint now,
                 Verdicts& verdicts);
    void refuse_impatient(Upstream& upstream,
                          const Admission& admission,
                          base::TimePoint now,
                          Verdicts& verdicts);
    void refuse_hopeless(std::uint32_t record,
                         const Admission& admission,
                         base::TimePoint now,
                         Verdicts& verdicts);
    void refuse(std::uint32_t record, const Verdict& verdict, Verdicts& verdicts);
    Verdict overdue(std::uint32_t record, base::TimePoint now) const;
    void stop_waiting(std::uint32_t record) noexcept;
    void forget(std::uint32_t record);
    void drop_stale();

    Settings settings_;
    Slab<Record> records_;
    KeyIndex record_by_id_;
    ConcurrencyLimit of_all_;  // before the upstreams, which point to it
    std::vector<std::unique_ptr<Upstream>> upstreams_;  // pinned: the gates point in
    UpstreamTurns turns_;
    std::vector<UpstreamTurns::Next> next_;  // by upstream, while turns are given

    WakeQueue deadlines_;
    Verdicts refusals_;  // given at submission, told by the next drain
    std::vector<std::uint32_t> hopeless_;

    bool emergency_ = false;
    std::uint32_t serials_ = 0;
    std::size_t waiting_ = 0;
    std::array<std::size_t, kPriorities> waiting_by_priority_{};
    base::TimePoint latest_{};  // the last `now` that was handed in
};

}  // namespace pyesi::scheduler

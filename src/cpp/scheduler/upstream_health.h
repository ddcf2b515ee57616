#pragma once

#include "base/time.h"
#include "scheduler/outcome.h"

#include <cstdint>
#include <optional>

namespace pyesi::scheduler {

/// One moment of an upstream that shares its work with others.
struct HealthState {
    double share = 1;              ///< of its weight that it is given; 0: none
    bool ejected = false;          ///< it failed too often, and is left out
    base::Duration ejected_for{};  ///< how long yet
    std::uint64_t times_ejected = 0;
    base::Duration response_time{};  ///< of late; 0: not known
    double failures = 0;             ///< the share of its attempts of late
    std::optional<bool> is_up;       ///< what health checks say; nothing without them
    std::uint64_t checks_well = 0;
    std::uint64_t checks_failed = 0;
    std::uint64_t checks_skipped = 0;  ///< ESI's limits came first
    std::uint64_t failovers = 0;       ///< requests that left it for another one
};

/// How an upstream has fared of late: what those who choose among several go by.
///
/// What it is told fades: its response time and its share of failures halve in each
/// half a minute without news, so that whoever was slow or failed is tried anew.
/// An outlier, which failed at least half of its latest attempts, is ejected for ten
/// seconds, for twenty the next time, and so on up to five minutes; half an hour of
/// good conduct forgets that. Who comes back is given a growing share, over ten
/// seconds.
///
/// A failure is what another upstream might do better: no connection, none that held,
/// a 5xx, no answer in ten seconds. 520 is a limit.
///
/// Thread: any one at a time.
class UpstreamHealth {
public:
    /// How many checks running must fail, or end well, until it counts as down or up.
    struct CheckSettings {
        std::uint32_t down_after = 3;
        std::uint32_t up_after = 2;
    };

    void on_outcome(const Outcome& outcome, base::Duration took, base::TimePoint now);

    /// A health check ended. Until the first verdict the upstream counts as up.
    void on_check(bool well, const CheckSettings& settings, base::TimePoint now);
    void on_check_skipped() noexcept { ++checks_skipped_; }

    /// Nobody checks it any more.
    void forget_checks() noexcept;

    void on_failover() noexcept { ++failovers_; }

    bool is_ejected(base::TimePoint now) const noexcept { return now < ejected_until_; }
    bool is_down() const noexcept { return checked_ && !up_; }

    /// In (0, 1]: below 1 for ten seconds after it came back.
    double share(base::TimePoint now) const noexcept;

    /// In (0, 1]: 1 where nothing has failed of late.
    double conduct(base::TimePoint now) const noexcept;

    /// In seconds; 0 if it is not known.
    double response_time(base::TimePoint now) const noexcept;

    HealthState state(base::TimePoint now) const noexcept;

private:
    void count(bool failed, base::TimePoint now) noexcept;
    void time(base::Duration took, base::TimePoint now) noexcept;
    void eject(base::TimePoint now) noexcept;

    /// A number that moves towards each sample and fades without any.
    struct Average {
        double value = 0;
        base::TimePoint since{};

        double at(base::TimePoint now) const noexcept;
        void add(double sample, base::TimePoint now) noexcept;
    };

    Average failures_;
    Average seconds_;
    std::uint32_t attempts_ = 0;  // since it was last ejected
    base::TimePoint ejected_until_ = base::TimePoint::min();
    base::TimePoint back_since_ = base::TimePoint::min();
    std::uint32_t ejections_in_a_row_ = 0;
    std::uint64_t times_ejected_ = 0;

    bool checked_ = false;
    bool up_ = true;
    std::uint32_t against_ = 0;  // checks running that contradict `up_`
    std::uint64_t checks_well_ = 0;
    std::uint64_t checks_failed_ = 0;
    std::uint64_t checks_skipped_ = 0;
    std::uint64_t failovers_ = 0;
};

}  // namespace pyesi::scheduler

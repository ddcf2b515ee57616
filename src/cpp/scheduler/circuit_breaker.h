#pragma once

#include "base/time.h"
#include "scheduler/gate.h"

#include <array>
#include <chrono>
#include <cstdint>

namespace pyesi::scheduler {

/// One moment of a circuit breaker.
struct BreakerState {
    enum class Phase : std::uint8_t { Closed, Open, HalfOpen, Recovering };

    Phase phase = Phase::Closed;
    base::Duration opens_for{};  ///< how long it stays open; 0 unless it is
    std::uint64_t times_opened = 0;
};

/// Keeps requests from an upstream that answers nobody, and finds out with a few when
/// it does again.
///
/// Closed, it counts: once `failure_threshold` of the requests of the last `window`
/// failed, and there were `least_requests` of them, or once `failures_in_a_row` did, it
/// opens. After `recovery_timeout` it is half open: `half_open_max_calls` may be under
/// way. If all of these end well it recovers, letting through twice as many each
/// second, until it is closed; if one does not, or is cancelled, it opens again. After
/// another `recovery_timeout` of silence others may try.
///
/// A failure is what says that the host is down: no connection, none that held, 502,
/// 503, 504, or no answer in ten seconds. A limit (420, 429, 520) is an answer of a
/// host that is well, and so is any other error. What was sent before the breaker last
/// changed says nothing any more.
///
/// While a downtime is expected three failures in a row are enough: the servers are
/// known to go down then, and each error that finds it out is one of the error limit's.
///
/// Who is kept back by an upstream that is down is told UpstreamDown; who waits for its
/// turn while it recovers, PoolTimedOut.
///
/// Thread: any one at a time.
class CircuitBreaker final : public Gate {
public:
    struct Settings {
        bool enabled = true;
        double failure_threshold = 0.5;  ///< in (0, 1]
        std::uint32_t least_requests = 20;
        std::uint32_t failures_in_a_row = 0;  ///< 0: these do not matter
        base::Duration window = std::chrono::seconds{30};
        base::Duration recovery_timeout = std::chrono::seconds{15};
        std::uint32_t half_open_max_calls = 1;
    };

    CircuitBreaker() noexcept : CircuitBreaker{Settings{}} {}
    explicit CircuitBreaker(const Settings& settings) noexcept : settings_{settings} {}

    Admission admit(const Ticket& ticket, base::TimePoint now) const override;
    void on_sent(const Ticket& ticket, base::TimePoint now) override;
    void on_outcome(const Ticket& ticket,
                    const Outcome& outcome,
                    base::TimePoint now) override;

    void expect_downtime(bool expects) noexcept { expects_downtime_ = expects; }

    BreakerState state(base::TimePoint now) const noexcept;

    /// Whether the upstream counts as down: open, or no probe has ended well yet.
    bool is_shut(base::TimePoint now) const noexcept;

    /// How far it has recovered: 1 when it is closed, and less before.
    double share(base::TimePoint now) const noexcept;

private:
    using Phase = BreakerState::Phase;

    static constexpr std::int64_t kCells = 30;

    /// What ended in one part of the window.
    struct Cell {
        std::int64_t number = -1;
        std::uint32_t requests = 0;
        std::uint32_t failures = 0;
    };

    /// What the breaker is at `now`: time alone moves it from open to half open, and
    /// from recovering to closed.
    Phase phase(base::TimePoint now) const noexcept;
    bool probes_are_silent(base::TimePoint now) const noexcept;
    Admission admit_half_open(base::TimePoint now) const noexcept;
    Admission admit_recovering(base::TimePoint now) const noexcept;

    void on_probe_outcome(bool failed, base::TimePoint now) noexcept;
    void on_usual_outcome(bool failed, base::TimePoint now) noexcept;
    void count(bool failed, base::TimePoint now) noexcept;
    std::int64_t cell_number(base::TimePoint now) const noexcept;
    bool has_failed_too_often(base::TimePoint now) const noexcept;
    void open(base::TimePoint now) noexcept;
    void begin(Phase phase, base::TimePoint now) noexcept;

    Settings settings_;
    bool expects_downtime_ = false;
    Phase phase_ = Phase::Closed;                     // when last something happened
    base::TimePoint since_ = base::TimePoint::min();  // when the phase began
    std::uint32_t under_way_ = 0;                     // of this period
    std::uint32_t ended_well_ = 0;                    // probes
    std::uint32_t in_a_row_ = 0;
    std::uint64_t times_opened_ = 0;
    std::array<Cell, kCells> cells_{};
};

}  // namespace pyesi::scheduler

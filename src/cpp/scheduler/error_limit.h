#pragma once

#include "base/time.h"
#include "scheduler/gate.h"

#include <chrono>
#include <cstdint>

namespace pyesi::scheduler {

/// One moment of the error limit.
struct ErrorLimitState {
    std::int64_t left = 0;
    std::int64_t in_flight = 0;  ///< requests that may become errors
    base::Duration resets_in{};  ///< 0: no window is running
    base::Duration closed_for{};
    bool probing = false;
};

/// ESI's older limit: so many errors in a fixed minute, counted for this machine's
/// address over all routes that have no rate limit group. Once spent, every route
/// answers 420, those of a group too.
///
/// Each ungrouped request in flight counts as an error to come. Down to `reserve`
/// everybody passes; below it only Interactive, and never so many at once that the
/// last error could be spent. Where the server says that none is left nobody passes,
/// whatever the route. A 420 closes everything until the window is over and a second
/// more; then a single request goes first, and what comes back decides for the rest.
///
/// All of it ends by itself when its window does.
///
/// Thread: any one at a time.
class ErrorLimit final : public Gate {
public:
    struct Settings {
        /// What a new window is taken to allow until the server says.
        std::uint32_t assumed = 100;
        std::uint32_t reserve = 20;
        base::Duration window = std::chrono::seconds{60};
        /// Beyond the reset, which is told in whole seconds.
        base::Duration margin = std::chrono::seconds{1};
        /// After that long without an answer to probes, the closure is forgotten.
        base::Duration longest_probing = std::chrono::seconds{120};
    };

    ErrorLimit() noexcept : ErrorLimit{Settings{}} {}
    explicit ErrorLimit(const Settings& settings) noexcept : settings_{settings} {}

    void configure(const Settings& settings) noexcept { settings_ = settings; }

    Admission admit(const Ticket& ticket, base::TimePoint now) const override;
    void on_sent(const Ticket& ticket, base::TimePoint now) override;
    void on_outcome(const Ticket& ticket,
                    const Outcome& outcome,
                    base::TimePoint now) override;

    ErrorLimitState state(base::TimePoint now) const noexcept;
    const Settings& settings() const noexcept { return settings_; }

    /// Since a 420, here or at another process's, until a probe is answered well.
    bool is_shut(base::TimePoint now) const noexcept {
        return phase(now) != Phase::Open;
    }
    bool is_probing(base::TimePoint now) const noexcept {
        return phase(now) == Phase::Probing;
    }

    /// Another process was refused: as if it had been here.
    void close_for(base::Duration length, base::TimePoint now) noexcept;

    /// Another process's probe was answered well.
    void reopen() noexcept;

private:
    enum class Phase : std::uint8_t { Open, Closed, Probing };

    Phase phase(base::TimePoint now) const noexcept;
    Admission admit_ungrouped(Priority priority, base::TimePoint now) const noexcept;
    std::int64_t errors_left(base::TimePoint now) const noexcept;  // if none failed
    bool window_runs(base::TimePoint now) const noexcept { return now < window_end_; }
    bool is_spent(base::TimePoint now) const noexcept {
        return end_is_told_ && left_ <= 0 && window_runs(now);
    }

    void count_error(base::TimePoint now) noexcept;
    void learn(const LimitHeaders& told,
               base::TimePoint sent_at,
               base::TimePoint now) noexcept;
    void begin_window(std::int64_t left, base::TimePoint end, bool told) noexcept;
    void close(const Outcome& outcome, base::TimePoint now) noexcept;
    void on_probe(const Outcome& outcome) noexcept;
    bool is_probe(const Ticket& ticket) const noexcept {
        return closed_ && ticket.placement.sent_at >= closed_until_;
    }

    Settings settings_;
    std::int64_t in_flight_ = 0;

    std::int64_t left_ = 0;           // the server's last word on this window
    std::int64_t uncounted_ = 0;      // own errors of which it has not told
    base::TimePoint uncounted_at_{};  // the latest of them
    base::TimePoint window_end_{};
    bool end_is_told_ = false;  // else guessed, from the first error

    bool closed_ = false;
    bool probe_is_out_ = false;
    base::TimePoint closed_until_{};
};

}  // namespace pyesi::scheduler

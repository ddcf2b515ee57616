#include "scheduler/circuit_breaker.h"

#include <algorithm>

namespace pyesi::scheduler {

namespace {

constexpr auto kWhy = base::ErrorKind::UpstreamDown;
constexpr base::Duration kRamp = std::chrono::seconds{10};
constexpr base::Duration kSilence = std::chrono::seconds{10};
constexpr std::uint32_t kEnoughInDowntime = 3;

enum class Sign : std::uint8_t { Well, Failed, Nothing };

Sign sign_of(const Outcome& outcome, base::Duration waited) noexcept {
    switch (outcome.end) {
        case Outcome::End::Lost: return Sign::Failed;
        case Outcome::End::NeverSent:
            return outcome.unreachable ? Sign::Failed : Sign::Nothing;
        case Outcome::End::GivenUp:
            return waited >= kSilence ? Sign::Failed : Sign::Nothing;
        case Outcome::End::Answered: break;
    }
    const bool is_down = outcome.status >= 502 && outcome.status <= 504;
    return is_down ? Sign::Failed : Sign::Well;
}

}  // namespace

Admission CircuitBreaker::admit(const Ticket&, base::TimePoint now) const {
    if (!settings_.enabled) return admit_now();
    switch (phase(now)) {
        case Phase::Closed: return admit_now();
        case Phase::Open: return not_before(since_ + settings_.recovery_timeout, kWhy);
        case Phase::HalfOpen: return admit_half_open(now);
        case Phase::Recovering: break;
    }
    return admit_recovering(now);
}

Admission CircuitBreaker::admit_half_open(base::TimePoint now) const noexcept {
    if (phase_ == Phase::Open || probes_are_silent(now)) return admit_now();
    if (under_way_ + ended_well_ < settings_.half_open_max_calls) return admit_now();
    return when_slot_frees(kWhy, since_ + settings_.recovery_timeout);
}

Admission CircuitBreaker::admit_recovering(base::TimePoint now) const noexcept {
    const auto step = std::chrono::floor<std::chrono::seconds>(now - since_);
    const auto allowed = std::uint64_t{settings_.half_open_max_calls}
                         << static_cast<unsigned>(step.count() + 1);
    if (under_way_ < allowed) return admit_now();
    return when_slot_frees(base::ErrorKind::PoolTimedOut,
                           since_ + step + std::chrono::seconds{1});
}

void CircuitBreaker::on_sent(const Ticket&, base::TimePoint now) {
    if (!settings_.enabled) return;
    const auto current = phase(now);
    const bool begins =
        current != phase_ || (current == Phase::HalfOpen && probes_are_silent(now));
    if (begins) begin(current, now);
    ++under_way_;
}

void CircuitBreaker::on_outcome(const Ticket& ticket,
                                const Outcome& outcome,
                                base::TimePoint now) {
    const auto sent_at = ticket.placement.sent_at;
    if (!settings_.enabled || sent_at < since_) return;
    --under_way_;
    const auto sign = sign_of(outcome, now - sent_at);
    if (phase(now) == Phase::HalfOpen) {
        // A probe that nobody waited for has found out nothing, and held a place.
        const bool cancelled = outcome.end == Outcome::End::GivenUp;
        if (sign != Sign::Nothing || cancelled) {
            on_probe_outcome(sign != Sign::Well, now);
        }
    } else if (sign != Sign::Nothing) {
        on_usual_outcome(sign == Sign::Failed, now);
    }
}

void CircuitBreaker::on_probe_outcome(bool failed, base::TimePoint now) noexcept {
    if (failed) {
        open(now);
    } else if (++ended_well_ >= settings_.half_open_max_calls) {
        begin(Phase::Recovering, now);
    }
}

void CircuitBreaker::on_usual_outcome(bool failed, base::TimePoint now) noexcept {
    count(failed, now);
    in_a_row_ = failed ? in_a_row_ + 1 : 0;
    const auto most = settings_.failures_in_a_row;
    const bool too_many = (most > 0 && in_a_row_ >= most) ||
                          (expects_downtime_ && in_a_row_ >= kEnoughInDowntime);
    if (too_many || has_failed_too_often(now)) open(now);
}

void CircuitBreaker::count(bool failed, base::TimePoint now) noexcept {
    const auto number = cell_number(now);
    auto& cell = cells_[static_cast<std::size_t>(number % kCells)];
    if (cell.number != number) cell = {.number = number};
    ++cell.requests;
    cell.failures += failed ? 1 : 0;
}

std::int64_t CircuitBreaker::cell_number(base::TimePoint now) const noexcept {
    return now.time_since_epoch() / (settings_.window / kCells);
}

bool CircuitBreaker::has_failed_too_often(base::TimePoint now) const noexcept {
    const auto oldest = cell_number(now) - kCells + 1;
    std::uint32_t requests = 0;
    std::uint32_t failures = 0;
    for (const auto& cell : cells_) {
        if (cell.number < oldest) continue;
        requests += cell.requests;
        failures += cell.failures;
    }
    return failures > 0 && requests >= settings_.least_requests &&
           failures >= settings_.failure_threshold * requests;
}

void CircuitBreaker::open(base::TimePoint now) noexcept {
    ++times_opened_;
    begin(Phase::Open, now);
}

void CircuitBreaker::begin(Phase phase, base::TimePoint now) noexcept {
    phase_ = phase;
    since_ = now;
    under_way_ = 0;
    ended_well_ = 0;
    in_a_row_ = 0;
    cells_.fill({});
}

CircuitBreaker::Phase CircuitBreaker::phase(base::TimePoint now) const noexcept {
    if (phase_ == Phase::Closed) return phase_;  // perhaps since ever
    const auto elapsed = now - since_;
    if (phase_ == Phase::Open && elapsed >= settings_.recovery_timeout) {
        return Phase::HalfOpen;
    }
    if (phase_ == Phase::Recovering && elapsed >= kRamp) return Phase::Closed;
    return phase_;
}

bool CircuitBreaker::probes_are_silent(base::TimePoint now) const noexcept {
    return phase_ == Phase::HalfOpen && now - since_ >= settings_.recovery_timeout;
}

bool CircuitBreaker::is_shut(base::TimePoint now) const noexcept {
    const auto current = phase(now);
    return current == Phase::Open || current == Phase::HalfOpen;
}

double CircuitBreaker::share(base::TimePoint now) const noexcept {
    constexpr double kLeast = 0.1;
    if (is_shut(now)) return 0;
    if (phase(now) == Phase::Closed) return 1;
    return std::max(base::in_seconds(now - since_) / base::in_seconds(kRamp), kLeast);
}

BreakerState CircuitBreaker::state(base::TimePoint now) const noexcept {
    const auto current = phase(now);
    const auto opens_for = current == Phase::Open
                               ? since_ + settings_.recovery_timeout - now
                               : base::Duration::zero();
    return {current, opens_for, times_opened_};
}

}  // namespace pyesi::scheduler

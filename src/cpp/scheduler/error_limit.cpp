#include "scheduler/error_limit.h"

#include "http/status.h"
#include "scheduler/token_cost.h"

#include <algorithm>

namespace pyesi::scheduler {

namespace {

constexpr auto kWhy = base::ErrorKind::ErrorLimited;
constexpr base::Duration kJitterSpan = std::chrono::seconds{1};
// Two words on one window's end differ by the rounding of seconds and by latency.
constexpr base::Duration kSameWindow = std::chrono::seconds{4};
// The last error of a window turns every answer into a 420, those of requests that
// are under way on grouped routes too: it is never spent.
constexpr std::uint32_t kNeverSpent = 1;

}  // namespace

Admission ErrorLimit::admit(const Ticket& ticket, base::TimePoint now) const {
    const auto current = phase(now);
    if (current == Phase::Closed) return not_before(closed_until_, kWhy);
    if (current == Phase::Probing && probe_is_out_) {
        return when_slot_frees(kWhy, closed_until_ + settings_.longest_probing);
    }
    // Every route answers 420 until then.
    if (is_spent(now)) return not_before(window_end_, kWhy);
    if (ticket.placement.grouped) return admit_now();
    return admit_ungrouped(ticket.priority, now);
}

void ErrorLimit::on_sent(const Ticket& ticket, base::TimePoint now) {
    if (!ticket.placement.grouped) ++in_flight_;
    if (phase(now) == Phase::Probing) probe_is_out_ = true;
}

void ErrorLimit::on_outcome(const Ticket& ticket,
                            const Outcome& outcome,
                            base::TimePoint now) {
    const bool guarded = !ticket.placement.grouped;
    if (guarded) --in_flight_;
    if (is_probe(ticket)) on_probe(outcome);

    learn(outcome.told, ticket.placement.sent_at, now);
    const bool may_be_error = outcome.answered() ? counts_as_error(outcome.status)
                                                 : outcome.end == Outcome::End::Lost;
    if (guarded && may_be_error && !outcome.told.errors_left) count_error(now);
    if (outcome.answered() && outcome.status == http::kErrorLimited)
        close(outcome, now);
}

ErrorLimitState ErrorLimit::state(base::TimePoint now) const noexcept {
    const auto none = base::Duration::zero();
    const auto current = phase(now);
    return {.left = std::max<std::int64_t>(0, errors_left(now)),
            .in_flight = in_flight_,
            .resets_in = std::max(window_end_ - now, none),
            .closed_for = current == Phase::Closed ? closed_until_ - now : none,
            .probing = current == Phase::Probing};
}

void ErrorLimit::close_for(base::Duration length, base::TimePoint now) noexcept {
    closed_until_ = std::max(closed_until_, now + length);
    closed_ = true;
}

void ErrorLimit::reopen() noexcept {
    closed_ = false;
    probe_is_out_ = false;
}

ErrorLimit::Phase ErrorLimit::phase(base::TimePoint now) const noexcept {
    if (!closed_ || now >= closed_until_ + settings_.longest_probing)
        return Phase::Open;
    return now < closed_until_ ? Phase::Closed : Phase::Probing;
}

Admission ErrorLimit::admit_ungrouped(Priority priority,
                                      base::TimePoint now) const noexcept {
    const auto reserve = priority == Priority::Interactive ? 0 : settings_.reserve;
    const std::int64_t floor = std::max(reserve, kNeverSpent);
    const auto left = errors_left(now);
    if (left - in_flight_ > floor) return admit_now();
    if (!window_runs(now)) {
        return in_flight_ == 0 ? admit_now() : when_slot_frees(kWhy);
    }
    // What is in flight need not fail.
    return left > floor && in_flight_ > 0 ? when_slot_frees(kWhy, window_end_)
                                          : not_before(window_end_, kWhy);
}

std::int64_t ErrorLimit::errors_left(base::TimePoint now) const noexcept {
    return window_runs(now) ? left_ - uncounted_ : std::int64_t{settings_.assumed};
}

void ErrorLimit::count_error(base::TimePoint now) noexcept {
    if (!window_runs(now)) {
        begin_window(settings_.assumed, now + settings_.window, false);
        uncounted_ = 0;
    }
    ++uncounted_;
    uncounted_at_ = now;
}

void ErrorLimit::learn(const LimitHeaders& told,
                       base::TimePoint sent_at,
                       base::TimePoint now) noexcept {
    if (!told.errors_left) return;
    const bool runs = window_runs(now);
    if (!told.error_reset && !runs) return;

    const auto end =
        told.error_reset ? now + *told.error_reset + settings_.margin : window_end_;
    if (!runs) uncounted_ = 0;
    if (!runs || !end_is_told_ || end > window_end_ + kSameWindow) {
        begin_window(*told.errors_left, end, told.error_reset.has_value());
    } else if (end + kSameWindow >= window_end_) {
        left_ = std::min(left_, std::int64_t{*told.errors_left});
    } else {
        return;  // a late answer out of the window before
    }
    if (sent_at >= uncounted_at_) uncounted_ = 0;
}

void ErrorLimit::begin_window(std::int64_t left,
                              base::TimePoint end,
                              bool told) noexcept {
    left_ = left;
    window_end_ = end;
    end_is_told_ = told;
}

void ErrorLimit::close(const Outcome& outcome, base::TimePoint now) noexcept {
    const auto& told = outcome.told;
    const auto rest = window_runs(now) ? window_end_ - now : settings_.window;
    const auto reset = told.error_reset || told.retry_after
                           ? std::max(told.error_reset.value_or(base::Duration::zero()),
                                      told.retry_after.value_or(base::Duration::zero()))
                           : rest;
    const auto jitter =
        base::from_seconds(outcome.jitter * base::in_seconds(kJitterSpan));
    closed_until_ = std::max(closed_until_, now + reset + settings_.margin + jitter);
    closed_ = true;
    probe_is_out_ = false;
}

void ErrorLimit::on_probe(const Outcome& outcome) noexcept {
    probe_is_out_ = false;
    if (outcome.answered()) closed_ = false;
}

}  // namespace pyesi::scheduler

#include "engine/flight_times.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace pyesi::engine {

namespace {

using base::Duration;
using base::TimePoint;
using scheduler::GateName;
using Span = AttemptTimes::Span;

constexpr TimePoint kUnset{};

float in_float(Duration length) noexcept {
    return static_cast<float>(base::in_seconds(length));
}

/// Gives parts of a length away, and never more than there is. Without a branch, since
/// each answer comes by here.
class Rest {
public:
    explicit Rest(Duration whole) noexcept : left_{seconds_of(whole)} {}

    float take(Duration part) noexcept {
        const auto taken = std::min(seconds_of(part), left_);
        left_ -= taken;
        return static_cast<float>(taken);
    }
    float take_all() const noexcept { return static_cast<float>(left_); }

private:
    static double seconds_of(Duration length) noexcept {
        return std::max(base::in_seconds(length), 0.0);
    }

    double left_;
};

Span span_of(base::ErrorKind kind) noexcept {
    switch (kind) {
        case base::ErrorKind::NameNotResolved:
        case base::ErrorKind::ConnectFailed:
        case base::ErrorKind::ConnectTimedOut: return Span::Connect;
        case base::ErrorKind::TlsFailed: return Span::Tls;
        default: return Span::Wait;
    }
}

/// Whoever brings an answer without saying when what came waited for it.
void note(AttemptTimes& times,
          const transport::TransferTimings& timings,
          Rest rest) noexcept {
    auto& seconds = times.seconds;
    const auto ready = std::max(timings.connect, timings.tls);
    seconds[Span::Pool] = rest.take(timings.pool);
    if (ready > Duration::zero()) {
        seconds[Span::Connect] = rest.take(timings.connect);
        seconds[Span::Tls] = rest.take(timings.tls - timings.connect);
    }
    seconds[Span::Wait] = rest.take(timings.first_byte - ready);
    seconds[timings.total > Duration::zero() ? Span::Receive : Span::Wait] +=
        rest.take_all();
}

}  // namespace

void FlightTimes::on_queued(TimePoint now) noexcept {
    if (past_ && std::exchange(past_->pauses, false)) {
        past_->attempts.back().pause = in_float(take(now));
    } else if (told_until_ == kUnset) {
        told_until_ = now;
    }
}

void FlightTimes::on_admitted(Attempt& attempt,
                              const scheduler::Held& held,
                              TimePoint now) noexcept {
    attempt.first_queued_at = first_queued_at(nullptr);
    const auto since = told_until_;
    auto& times = attempt.times;
    Rest rest{take(now)};
    if (held.limit != GateName::None || held.shut_until > since) {
        const auto shut =
            std::min(held.shut_until, now) - std::max(held.shut_since, since);
        times.seconds[Span::ByBreaker] = rest.take(shut);
        times.seconds[Span::ByLimit] = rest.take(held.by_limits);
    }
    times.seconds[Span::ByTurn] = rest.take_all();
    times.limit = held.limit;
    if (held.full_at >= since) times.turn = GateName::Concurrency;
}

void FlightTimes::on_started(Attempt& attempt, TimePoint now) noexcept {
    attempt.times.seconds[Span::ByTurn] += in_float(take(now));
}

void FlightTimes::on_transfer_end(Attempt& attempt,
                                  const transport::TransferEnd& end,
                                  TimePoint now) noexcept {
    const auto whole = take(now);
    if (const auto* reply = std::get_if<transport::TransferReply>(&end)) {
        note(attempt.times, reply->timings, Rest{whole});
        return;
    }
    const auto kind = std::get<transport::TransferFailure>(end).failure.kind;
    attempt.times.seconds[span_of(kind)] = in_float(whole);
}

void FlightTimes::on_decoded(Attempt& attempt, TimePoint now) noexcept {
    attempt.times.seconds[Span::Decode] = in_float(take(now));
}

void FlightTimes::on_again(const Attempt& attempt, PastAttempt past) {
    if (!past_) past_ = std::make_unique<Past>(Past{attempt.first_queued_at, {}});
    past.times = attempt.times;
    past_->attempts.push_back(past);
    past_->pauses = true;
}

Timeline FlightTimes::timeline(const Asker& asker,
                               const Attempt* attempt,
                               GateName refused_by,
                               TimePoint now) const {
    Timeline timeline;
    timeline.asked_at = asker.asked_at;
    const auto queued_at = first_queued_at(attempt);
    const bool has_joined = asker.joined_at != kUnset;
    // Who joined one flight may have begun another: see FlightBoard::ask_anew.
    const bool has_begun =
        queued_at != kUnset && (!has_joined || asker.joined_at < queued_at);
    const auto handed_on_at = has_begun ? queued_at : now;
    const auto looked_up_at = has_joined ? asker.joined_at : handed_on_at;
    timeline.look_up = in_float(looked_up_at - asker.asked_at);
    timeline.coalesced = in_float(handed_on_at - looked_up_at);
    if (has_begun) {
        add_attempts(timeline, attempt, refused_by, now);
    } else if (has_joined && queued_at != kUnset) {
        Timeline joined;
        add_attempts(joined, attempt, refused_by, now);
        timeline.longest =
            joined.longest_since(base::in_seconds(asker.joined_at - queued_at));
    }
    return timeline;
}

TimePoint FlightTimes::first_queued_at(const Attempt* attempt) const noexcept {
    if (past_) return past_->first_queued_at;
    return attempt != nullptr ? attempt->first_queued_at : told_until_;
}

void FlightTimes::add_attempts(Timeline& timeline,
                               const Attempt* attempt,
                               GateName refused_by,
                               TimePoint now) const {
    if (past_) {
        timeline.past =
            std::make_shared<const std::vector<PastAttempt>>(past_->attempts);
    }
    const auto left = in_float(now - told_until_);
    if (attempt != nullptr) {
        timeline.last = attempt->times;
        timeline.store = left;
    } else {
        timeline.last.seconds[Span::ByTurn] = left;
        timeline.last.turn = refused_by;
    }
}

Duration FlightTimes::take(TimePoint now) noexcept {
    const auto since = std::exchange(told_until_, now);
    return now - since;
}

}  // namespace pyesi::engine

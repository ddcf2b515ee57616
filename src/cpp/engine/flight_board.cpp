#include "engine/flight_board.h"

#include "cache/reuse.h"

#include <algorithm>
#include <utility>

namespace pyesi::engine {

namespace {

metrics::Outcome outcome_of(const base::Result<Answer>& end) {
    if (!end) return metrics::outcome_of_failure(end.failure().kind);
    switch (end->source) {
        case Source::Fresh: return metrics::Outcome::Fresh;
        case Source::Revalidated: return metrics::Outcome::Revalidated;
        case Source::Stale: return metrics::Outcome::Stale;
        case Source::Network: break;
    }
    return metrics::outcome_of_status(end->status());
}

base::Failure failure_of(base::ErrorKind kind, int attempts) {
    auto failure = base::make_failure(kind, "");
    failure.attempts = attempts;
    switch (kind) {
        case base::ErrorKind::DeadlineExceeded:
            failure.message = "No answer came before the deadline.";
            break;
        case base::ErrorKind::ClientClosed:
            failure.message = "The client was closed while the request was under way.";
            break;
        default: failure.message = "The request was cancelled."; break;
    }
    return failure;
}

bool sends_alike(const Call& one, const Call& other) noexcept {
    return one.profile == other.profile ||
           *one.profile->headers() == *other.profile->headers();
}

/// The gate that a refused flight was kept back by.
scheduler::GateName refusing_gate(const Flight& flight) noexcept {
    using scheduler::GateName;
    if (!flight.refusal) return GateName::None;
    switch (flight.refusal->kind) {
        case base::ErrorKind::WindowClosed: return GateName::RateLimitWindow;
        case base::ErrorKind::ErrorLimited: return GateName::ErrorLimit;
        case base::ErrorKind::UpstreamDown: return GateName::Breaker;
        case base::ErrorKind::PoolTimedOut: return GateName::Concurrency;
        default: return GateName::None;
    }
}

Timeline timeline_of(const Flight& flight, const Waiter& waiter, base::TimePoint now) {
    const auto* const attempt = flight.brought ? &flight.brought->times : nullptr;
    const FlightTimes::Asker asker{waiter.asked_at, waiter.joined_at};
    return flight.times.timeline(asker, attempt, refusing_gate(flight), now);
}

bool accepts_stale(const Call& call) noexcept {
    if (cache_mode_of(call) == CacheMode::Reload) return false;
    return !call.options || call.options->accept_stale;
}

}  // namespace

FlightBoard::FlightBoard(Parts parts, Watcher watcher)
    : parts_{parts}, watcher_{watcher} {}

void FlightBoard::enter(Flight& flight, Waiter waiter) {
    flight.id = next_id_++;
    waiter.accepts_stale = accepts_stale(flight.call);
    by_id_.emplace(flight.id, &flight);
    by_tag_.emplace(waiter.tag, &flight);
    flight.waiters.push_back(std::move(waiter));
    start_deadline(flight.waiters.back());
}

void FlightBoard::attend(Flight& flight, Tag tag, base::TimePoint deadline) {
    by_tag_.emplace(tag, &flight);
    flight.waiters.push_back({.tag = tag,
                              .receiver = nullptr,
                              .asked_at = parts_.clock.now(),
                              .deadline = deadline,
                              .accepts_stale = false});
    start_deadline(flight.waiters.back());
}

void FlightBoard::leave(Flight& flight) noexcept {
    by_id_.erase(flight.id);
    if (flight.waiters.empty() && !flight.joinable) return;
    hand_over(flight, failure_of(base::ErrorKind::ClientClosed, flight.attempts));
}

Flight* FlightBoard::join(Flight& flight) {
    if (flight.key.text.empty()) return nullptr;
    const auto [place, is_first] = by_key_.emplace(flight.key.text, &flight);
    if (is_first) {
        flight.joinable = true;
        return nullptr;
    }
    const auto now = parts_.clock.now();
    auto& leader = *place->second;
    leader.orphaned = false;
    leader.keeps_answer |= flight.keeps_answer;
    for (auto& waiter : flight.waiters) {
        if (!sends_alike(flight.call, leader.call))
            waiter.profile = flight.call.profile;
        if (waiter.joined_at == base::TimePoint{}) waiter.joined_at = now;
        by_tag_[waiter.tag] = &leader;
        if (waiter.receiver) {
            parts_.metrics.cache_of(flight.call.route->index).coalesced.add();
        }
        leader.waiters.push_back(std::move(waiter));
    }
    flight.waiters.clear();
    return &leader;
}

void FlightBoard::hide(Flight& flight) noexcept {
    if (std::exchange(flight.joinable, false)) by_key_.erase(flight.key.text);
}

void FlightBoard::on_admitted(Flight& flight) {
    if (!flight.call.options || !flight.call.options->counted_from_admission) return;
    const auto end = parts_.clock.now() + flight.call.options->total_timeout;
    for (auto& waiter : flight.waiters) {
        if (waiter.deadline <= end) continue;
        parts_.timers.stop(waiter.timer);
        waiter.deadline = end;
        start_deadline(waiter);
    }
}

void FlightBoard::hand_over(Flight& flight, const Kept& kept) {
    finish_all(flight, take_waiters(flight), kept);
}

void FlightBoard::hand_over_stale(Flight& flight, const Kept& kept) {
    auto waiters = take_waiters(flight);
    const auto strict = std::ranges::stable_partition(waiters, &Waiter::accepts_stale);
    flight.waiters.assign(std::make_move_iterator(strict.begin()),
                          std::make_move_iterator(strict.end()));
    waiters.erase(strict.begin(), strict.end());
    finish_all(flight, std::move(waiters), kept);
}

void FlightBoard::finish_all(Flight& flight,
                             std::vector<Waiter> waiters,
                             const Kept& kept) {
    const auto now = parts_.clock.now();
    const auto age = cache::current_age(kept.entry->times, now);
    const bool varies = !kept.entry->nominated_fields.empty();
    for (auto& waiter : waiters) {
        // The cache itself has no need of another variant than the one that came.
        if (varies && waiter.profile && waiter.receiver) {
            ask_anew(flight, std::move(waiter));
            continue;
        }
        // Made where it is told: it is large to be moved.
        finish(flight,
               waiter,
               Answer{.call = flight.call,
                      .entry = kept.entry,
                      .decoded = kept.decoded,
                      .rows = kept.rows,
                      .source = kept.source,
                      .attempts = flight.attempts,
                      .elapsed = {},
                      .age = age,
                      .timeline = timeline_of(flight, waiter, now)},
               now);
    }
}

void FlightBoard::ask_anew(const Flight& flight, Waiter&& waiter) {
    parts_.timers.stop(waiter.timer);
    by_tag_.erase(waiter.tag);
    auto call = flight.call;
    call.profile = std::move(waiter.profile);
    watcher_.on_other_variant(watcher_.whom, std::move(call), std::move(waiter));
}

void FlightBoard::hand_over(Flight& flight, const base::Failure& failure) {
    auto waiters = take_waiters(flight);
    const auto now = parts_.clock.now();
    for (auto& waiter : waiters) {
        auto told = failure;
        told.attempts = flight.attempts_so_far();
        finish(flight, waiter, std::move(told), now);
    }
}

bool FlightBoard::end_waiter(Tag tag, base::ErrorKind kind) {
    const auto found = by_tag_.find(tag);
    if (found == by_tag_.end()) return false;
    auto& flight = *found->second;
    const auto waiter = std::ranges::find(flight.waiters, tag, &Waiter::tag);
    auto leaving = std::move(*waiter);
    flight.waiters.erase(waiter);
    const bool abandoned = flight.waiters.empty();
    const auto id = flight.id;
    finish(flight,
           leaving,
           failure_of(kind, flight.attempts_so_far()),
           parts_.clock.now());
    if (abandoned && find(id) != nullptr) watcher_.on_abandoned(watcher_.whom, flight);
    return true;
}

void FlightBoard::end_all(base::ErrorKind kind) {
    std::vector<std::uint64_t> ids;
    ids.reserve(by_id_.size());
    for (const auto& [id, flight] : by_id_) ids.push_back(id);
    for (const auto id : ids) {
        auto* flight = find(id);
        if (flight == nullptr) continue;
        hand_over(*flight, failure_of(kind, flight->attempts_so_far()));
        flight = find(id);
        if (flight != nullptr) watcher_.on_abandoned(watcher_.whom, *flight);
    }
}

Flight* FlightBoard::find(std::uint64_t id) const noexcept {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

std::vector<Waiter> FlightBoard::take_waiters(Flight& flight) {
    // Who is told may go on at once and ask anew: the flight must be out of sight.
    hide(flight);
    return std::exchange(flight.waiters, {});
}

void FlightBoard::start_deadline(Waiter& waiter) {
    if (waiter.deadline == base::TimePoint::max()) return;
    waiter.timer = parts_.timers.start(
        waiter.deadline,
        [](void* board, std::uint64_t tag) noexcept {
            static_cast<FlightBoard*>(board)->on_deadline(tag);
        },
        this,
        waiter.tag);
}

void FlightBoard::finish(Flight& flight,
                         Waiter& waiter,
                         base::Result<Answer>&& end,
                         base::TimePoint now) {
    parts_.timers.stop(waiter.timer);
    by_tag_.erase(waiter.tag);
    if (!waiter.receiver) return;
    const auto elapsed = now - waiter.asked_at;
    if (end) {
        end->elapsed = elapsed;
    } else {
        end.failure().route = flight.call.route->path;
    }
    parts_.metrics.on_request_end(
        flight.call.route->index, outcome_of(end), elapsed, now);
    waiter.receiver->on_end(waiter.tag, std::move(end));
}

void FlightBoard::on_deadline(Tag tag) {
    end_waiter(tag, base::ErrorKind::DeadlineExceeded);
}

}  // namespace pyesi::engine

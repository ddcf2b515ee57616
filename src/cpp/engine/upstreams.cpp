#include "engine/upstreams.h"

#include "http/method.h"
#include "scheduler/downtime.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace pyesi::engine {

namespace {

std::string seconds_text(base::Duration length) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(length).count();
    return std::to_string(seconds) + " s";
}

std::string_view reason_of(base::ErrorKind why) {
    switch (why) {
        case base::ErrorKind::ErrorLimited:
            return "ESI's error limit is closed for now";
        case base::ErrorKind::WindowClosed:
            return "The rate limit window of this route is spent for now";
        case base::ErrorKind::PoolTimedOut:
            return "No slot became free in time: too many requests are in flight";
        case base::ErrorKind::UpstreamDown:
            return "ESI does not answer, so it is left alone for a while";
        case base::ErrorKind::QueueFull: return "Too many requests are waiting already";
        case base::ErrorKind::DeadlineExceeded:
            return "The deadline passed before the request could be sent";
        default: return "The request was held back";
    }
}

/// Until when a request waits for a slot. An item of many does so for as long as need
/// be.
base::TimePoint pool_deadline_of(const Call& call, base::TimePoint now) {
    const auto& options = options_of(call);
    return options.counted_from_admission ? base::TimePoint::max()
                                          : now + options.pool_timeout;
}

base::Failure refusal_of(const scheduler::Verdict& verdict) {
    auto failure = base::make_failure(verdict.why, std::string{reason_of(verdict.why)});
    failure.retry_after = verdict.retry_after;
    if (failure.retry_after) {
        failure.message += "; try again in " + seconds_text(*failure.retry_after);
    }
    failure.message += ". Nothing was sent.";
    return failure;
}

}  // namespace

Upstreams::Upstreams(Parts parts)
    : parts_{parts},
      scheduler_{
          {.max_waiting = parts.config.max_waiting, .reserve = parts.config.reserve}} {}

void Upstreams::queue(Flight& flight, bool conditional) {
    const auto now = parts_.clock.now();
    const auto& call = flight.call;
    auto& ticket = flight.ticket;
    ticket.id = flight.id;
    ticket.limit = &limit_of(flight);
    ticket.upstream = index_of(call.profile->origin());
    ticket.method = call.method;
    ticket.conditional = conditional;
    ticket.deadline = flight.deadline();
    ticket.priority = flight.priority;
    ticket.pool_deadline = pool_deadline_of(call, now);
    if (call.options) {
        ticket.identity = scheduler::make_identity(call.options->identity);
    }
    if (auto suspension = suspension_of(flight)) {
        refuse_soon(flight, std::move(*suspension));
        return;
    }
    scheduler_.submit(ticket);
    ask_for_drain();
}

std::optional<base::Failure> Upstreams::suspension_of(const Flight& flight) const {
    if (http::is_safe(flight.call.method)) return std::nullopt;
    const auto rest = scheduler::rest_of_downtime(parts_.clock.wall_now());
    if (!rest || !scheduler_.is_shut(flight.ticket.upstream, parts_.clock.now())) {
        return std::nullopt;
    }
    auto failure = base::make_failure(
        base::ErrorKind::UpstreamDown,
        "ESI is down for its daily maintenance; try this change again in " +
            seconds_text(*rest) + ". Nothing was sent.");
    failure.retry_after = rest;
    return failure;
}

/// Not at once: its flow is just about to wait.
void Upstreams::refuse_soon(Flight& flight, base::Failure why) {
    flight.refusal = std::make_unique<const base::Failure>(std::move(why));
    boost::asio::post(parts_.loop, [this, id = flight.id] {
        auto* refused = parts_.flights.find(id);
        if (refused != nullptr && refused->stage == Flight::Stage::Queued) {
            refused->resume();
        }
    });
}

const scheduler::RouteLimit& Upstreams::limit_of(Flight& flight) {
    const auto& route = *flight.call.route;
    if (!route.unchecked) return flight.call.profile->limit_of(route);
    // What is learned of one route outside the catalog says nothing of the others.
    if (!flight.own_limit) {
        flight.own_limit = std::make_unique<const scheduler::RouteLimit>(
            flight.call.profile->limit_of_unchecked(route.path));
    }
    return *flight.own_limit;
}

void Upstreams::hasten(Flight& flight) {
    if (flight.stage != Flight::Stage::Queued) return;
    if (scheduler_.withdraw(flight.id)) queue(flight, flight.ticket.conditional);
}

void Upstreams::withdraw(Flight& flight) {
    if (!scheduler_.withdraw(flight.id)) flight.holds_permit = true;
    ask_for_drain();
}

void Upstreams::settle(Flight& flight, const scheduler::Outcome& outcome) {
    if (!std::exchange(flight.holds_permit, false)) return;
    if (outcome.status >= 500) {
        const auto rest = scheduler::rest_of_downtime(parts_.clock.wall_now());
        scheduler_.expect_downtime(rest.has_value());
    }
    scheduler_.on_outcome(flight.id, outcome, parts_.clock.now());
    ask_for_drain();
}

void Upstreams::give_back(Flight& flight) {
    settle(flight, scheduler::never_sent());
}

std::uint32_t Upstreams::index_of(const std::string& origin) {
    const auto found = index_by_origin_.find(origin);
    if (found != index_by_origin_.end()) return found->second;
    const auto index = scheduler_.add_upstream(
        {.origin = origin,
         .limits = scheduler::limits_of(origin, parts_.clock.now()),
         .max_in_flight = static_cast<std::uint32_t>(parts_.config.max_in_flight),
         .breaker = parts_.config.breaker});
    index_by_origin_.emplace(origin, index);
    return index;
}

void Upstreams::ask_for_drain() {
    if (std::exchange(drain_is_asked_, true)) return;
    boost::asio::post(parts_.loop, [this] { drain(); });
}

void Upstreams::drain() {
    drain_is_asked_ = false;
    auto verdicts = std::exchange(verdicts_, {});
    scheduler_.drain(parts_.clock.now(), verdicts);
    for (const auto& verdict : verdicts) {
        // Permits first: whoever goes on may withdraw one that comes after it.
        auto* flight = parts_.flights.find(verdict.id);
        if (flight != nullptr) flight->holds_permit = verdict.admitted;
    }
    for (const auto& verdict : verdicts) apply(verdict);
    verdicts.clear();
    verdicts_ = std::move(verdicts);
    arm();
}

void Upstreams::apply(const scheduler::Verdict& verdict) {
    auto* flight = parts_.flights.find(verdict.id);
    if (flight == nullptr || flight->stage != Flight::Stage::Queued) return;
    if (!verdict.admitted) {
        if (try_queue_longer(*flight, verdict.why)) return;
        flight->refusal = std::make_unique<const base::Failure>(refusal_of(verdict));
    }
    flight->resume();
}

/// One who joined the flight meanwhile may wait for longer than who began it.
bool Upstreams::try_queue_longer(Flight& flight, base::ErrorKind why) {
    const bool hangs_on_deadline = why == base::ErrorKind::DeadlineExceeded ||
                                   why == base::ErrorKind::ErrorLimited ||
                                   why == base::ErrorKind::WindowClosed;
    if (!hangs_on_deadline || flight.deadline() <= flight.ticket.deadline) return false;
    queue(flight, flight.ticket.conditional);
    return true;
}

void Upstreams::arm() {
    const auto at = scheduler_.wake_at().value_or(base::TimePoint::max());
    if (at == armed_for_) return;
    parts_.timers.stop(timer_);
    armed_for_ = at;
    if (at == base::TimePoint::max()) return;
    timer_ = parts_.timers.start(
        at,
        [](void* self, std::uint64_t) noexcept {
            auto& upstreams = *static_cast<Upstreams*>(self);
            upstreams.armed_for_ = base::TimePoint::max();
            upstreams.ask_for_drain();
        },
        this);
}

}  // namespace pyesi::engine

#include "engine/upstreams.h"

#include "http/method.h"
#include "scheduler/downtime.h"

#include <boost/asio/post.hpp>

#include <algorithm>
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

base::Failure none_trusted() {
    return base::make_failure(base::ErrorKind::InvalidRequest,
                              "A request with a token goes to trusted upstreams only, "
                              "and none of them is. Nothing was sent.");
}

/// Names the ledger within this process.
std::string ledger_place(const EngineConfig& config) {
    const auto& redis = config.limits_redis;
    if (!redis.is_set()) return config.limits_path;
    return redis.host + redis.path + ' ' + std::to_string(redis.port) + ' ' +
           std::to_string(redis.database);
}

// Then the network thread sees to its sockets.
constexpr std::size_t kMovedAtOnce = 1'000;

// Two for each that ends: one that is idle beside a long queue soon is not.
constexpr int kPassedOn = 2;

}  // namespace

Upstreams::Upstreams(Parts parts)
    : parts_{parts},
      scheduler_{{.max_waiting = parts.config.max_waiting,
                  .reserve = parts.config.reserve,
                  .max_in_flight =
                      static_cast<std::uint32_t>(parts.config.max_in_flight_total)}},
      choice_{scheduler_,
              [this](const std::string& origin) { return index_of(origin); }},
      checks_{{parts.clock,
               parts.timers,
               scheduler_,
               parts.transport,
               parts.chance,
               [this](std::uint32_t upstream) { look_at(upstream); }}} {
    if (parts.news != nullptr) watch_.emplace(scheduler_, *parts.news);
    if (parts.ledger == nullptr) return;
    exchanges_.emplace(LimitExchanges::Parts{parts.loop,
                                             parts.clock,
                                             parts.timers,
                                             *parts.ledger,
                                             ledger_place(parts.config),
                                             parts.config.limits_timeout,
                                             [this](std::uint32_t upstream) {
                                                 scheduler_.on_limits_changed(upstream);
                                                 ask_for_drain();
                                             }});
}

void Upstreams::close() {
    checks_.close();
    if (exchanges_) exchanges_->close();
}

void Upstreams::queue(Flight& flight, bool conditional) {
    const auto now = parts_.clock.now();
    flight.times.on_queued(now);
    const auto& call = flight.call;
    auto& ticket = flight.ticket;
    ticket.id = flight.id;
    ticket.limit = &limit_of(flight);
    ticket.method = call.method;
    ticket.conditional = conditional;
    ticket.deadline = flight.deadline();
    ticket.priority = flight.priority;
    ticket.pool_deadline = pool_deadline_of(call, now);
    if (call.options) {
        ticket.identity = scheduler::make_identity(call.options->identity);
    }
    const auto upstream = upstream_for(flight);
    if (!upstream) {
        refuse_soon(flight, none_trusted());
        return;
    }
    ticket.upstream = *upstream;
    ticket.moves = UpstreamChoice::may_leave(flight);
    flight.opening.reset();
    if (auto suspension = suspension_of(flight)) {
        refuse_soon(flight, std::move(*suspension));
        return;
    }
    scheduler_.submit(ticket, now);
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

void Upstreams::settle(Flight& flight,
                       const scheduler::Outcome& outcome,
                       base::TimePoint now) {
    if (!std::exchange(flight.holds_permit, false)) return;
    if (outcome.status >= 500) {
        const auto rest = scheduler::rest_of_downtime(parts_.clock.wall_now());
        scheduler_.expect_downtime(rest.has_value());
    }
    scheduler_.on_outcome(flight.id, outcome, now);
    if (scheduler_.health_of(flight.ticket.upstream) != nullptr) {
        look_at(flight.ticket.upstream);
        pass_on_slot(flight);
    }
    ask_for_drain();
}

void Upstreams::give_back(Flight& flight) {
    if (flight.holds_permit)
        settle(flight, scheduler::never_sent(), parts_.clock.now());
}

std::optional<std::uint32_t> Upstreams::upstream_for(Flight& flight) {
    const auto& profile = *flight.call.profile;
    if (!profile.upstreams()) return index_of(profile.origin());
    check_health_for(profile);
    return choice_.choose(flight, parts_.clock.now());
}

void Upstreams::check_health_for(const Profile& profile) {
    const auto& set = profile.upstreams();
    if (!set->check || choice_.knows(set)) return;
    const auto& upstreams = choice_.indices_of(set);
    for (std::size_t place = 0; place < upstreams.size(); ++place) {
        checks_.look_after(profile, place, upstreams[place]);
    }
}

void Upstreams::look_at(std::uint32_t upstream) {
    const bool is_well = choice_.is_well(upstream, parts_.clock.now());
    auto& was_well = was_well_.try_emplace(upstream, true).first->second;
    if (!std::exchange(was_well, is_well) || is_well) return;
    auto waiting = scheduler_.waiting_for(upstream);
    if (waiting.empty()) return;
    std::ranges::sort(waiting);  // as they came
    const bool is_moving = !moving_.empty();
    moving_.insert(moving_.end(), waiting.begin(), waiting.end());
    // At once, before their upstream's slots come free to them.
    if (!is_moving) move_some();
}

void Upstreams::move_some() {
    for (std::size_t moved = 0; moved < kMovedAtOnce && !moving_.empty(); ++moved) {
        auto* flight = parts_.flights.find(moving_.front());
        moving_.pop_front();
        if (flight != nullptr) move_away(*flight);
    }
    if (!moving_.empty()) boost::asio::post(parts_.loop, [this] { move_some(); });
}

void Upstreams::move_away(Flight& flight) {
    const auto now = parts_.clock.now();
    if (flight.stage != Flight::Stage::Queued || !flight.call.profile->upstreams()) {
        return;
    }
    // It may have been let go, or have moved, since it was found waiting.
    if (choice_.is_well(flight.ticket.upstream, now)) return;
    if (!scheduler_.withdraw(flight.id)) return;
    const auto other = choice_.choose_other(flight, now);
    resubmit(flight, other.value_or(flight.ticket.upstream));
}

/// What one upstream's limits refuse another one's may admit. If none does, it waits
/// for that one which opens first.
bool Upstreams::try_elsewhere(Flight& flight, const scheduler::Verdict& refusal) {
    const bool is_of_upstream = refusal.why == base::ErrorKind::UpstreamDown ||
                                refusal.why == base::ErrorKind::ErrorLimited ||
                                refusal.why == base::ErrorKind::WindowClosed;
    if (!is_of_upstream || !flight.call.profile->upstreams()) return false;
    note_opening(flight, refusal);
    const auto other = choice_.choose_other(flight, parts_.clock.now());
    if (other) {
        resubmit(flight, *other);
        return true;
    }
    if (!std::exchange(flight.ticket.moves, false)) return false;
    flight.place = flight.opening->place;
    resubmit(flight, flight.opening->upstream);
    return true;
}

void Upstreams::note_opening(Flight& flight, const scheduler::Verdict& refusal) const {
    const auto at = refusal.retry_after ? parts_.clock.now() + *refusal.retry_after
                                        : base::TimePoint::max();
    if (flight.opening && flight.opening->at <= at) return;
    flight.opening = std::make_unique<const Opening>(
        Opening{at, flight.place, flight.ticket.upstream});
}

void Upstreams::resubmit(Flight& flight, std::uint32_t upstream) {
    flight.ticket.upstream = upstream;
    scheduler_.submit(flight.ticket);
    ask_for_drain();
}

void Upstreams::pass_on_slot(const Flight& ended) {
    if (!ended.call.profile->upstreams()) return;
    if (scheduler_.next_waiting(ended.ticket.upstream)) return;
    for (int passed_on = 0; passed_on < kPassedOn; ++passed_on) {
        if (!try_pass_on_slot(ended)) return;
    }
}

bool Upstreams::try_pass_on_slot(const Flight& ended) {
    const auto& upstreams = choice_.indices_of(ended.call.profile->upstreams());
    return std::ranges::any_of(
        upstreams, [&](auto upstream) { return try_take_over(upstream, ended); });
}

/// Whether the next one that waits for that upstream takes the ended one's slot.
bool Upstreams::try_take_over(std::uint32_t upstream, const Flight& ended) {
    const auto here = ended.ticket.upstream;
    const auto next =
        upstream == here ? std::nullopt : scheduler_.next_waiting(upstream);
    auto* flight = next ? parts_.flights.find(*next) : nullptr;
    if (flight == nullptr || flight->stage != Flight::Stage::Queued) return false;
    if (!choice_.try_take_over(*flight, ended, parts_.clock.now())) return false;
    if (scheduler_.withdraw(flight->id)) resubmit(*flight, here);
    return true;
}

std::uint32_t Upstreams::index_of(const std::string& origin) {
    const auto found = index_by_origin_.find(origin);
    if (found != index_by_origin_.end()) return found->second;
    const auto limits = scheduler::limits_of(origin, parts_.clock.now());
    const auto index = scheduler_.add_upstream(
        {.origin = origin,
         .limits = limits,
         .max_in_flight = static_cast<std::uint32_t>(parts_.config.max_in_flight),
         .breaker = parts_.config.breaker});
    index_by_origin_.emplace(origin, index);
    if (exchanges_) exchanges_->share(index, origin, limits);
    if (watch_) watch_->add(index, origin, limits);
    return index;
}

void Upstreams::ask_for_drain() {
    if (std::exchange(drain_is_asked_, true)) return;
    boost::asio::post(parts_.loop, [this] { drain(); });
}

void Upstreams::drain() {
    drain_is_asked_ = false;
    auto verdicts = std::exchange(verdicts_, {});
    const auto now = parts_.clock.now();
    scheduler_.drain(now, verdicts);
    for (const auto& verdict : verdicts) {
        // Permits first: whoever goes on may withdraw one that comes after it.
        auto* flight = parts_.flights.find(verdict.id);
        if (flight != nullptr) flight->holds_permit = verdict.admitted;
    }
    for (const auto& verdict : verdicts) apply(verdict, now);
    verdicts.clear();
    verdicts_ = std::move(verdicts);
    if (exchanges_) exchanges_->look();
    if (watch_) watch_->look(parts_.clock.now());
    arm();
}

void Upstreams::apply(const scheduler::Verdict& verdict, base::TimePoint now) {
    auto* flight = parts_.flights.find(verdict.id);
    if (flight == nullptr || flight->stage != Flight::Stage::Queued) return;
    if (!verdict.admitted) {
        if (try_queue_longer(*flight, verdict.why)) return;
        if (try_elsewhere(*flight, verdict)) return;
        flight->refusal = std::make_unique<const base::Failure>(refusal_of(verdict));
    } else {
        flight->brought = std::make_unique<Brought>();
        flight->times.on_admitted(flight->brought->times, verdict.held, now);
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

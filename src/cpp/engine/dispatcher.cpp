#include "engine/dispatcher.h"

#include "cache/negative_answer.h"
#include "engine/counting.h"
#include "engine/request_flow.h"
#include "http/status.h"
#include "scheduler/downtime.h"
#include "scheduler/limit_headers.h"
#include "scheduler/outcome.h"
#include "scheduler/retry_policy.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace pyesi::engine {

namespace {

// What nobody waits for any more is finished for the cache's sake, but not for
// ever: a body may drip.
constexpr auto kOrphanTime = std::chrono::seconds{30};

// A tier that takes longer has nothing: a disk that hangs must hold nobody up.
constexpr auto kLookUpTime = std::chrono::seconds{1};

base::Failure closed_failure() {
    return base::make_failure(base::ErrorKind::ClientClosed,
                              "The client is closed. Make a new one.");
}

base::Failure cache_miss(const cache::EntryPtr& stored) {
    return base::make_failure(base::ErrorKind::CacheMiss,
                              stored ? "What the cache has is no longer fresh."
                                     : "The cache has no answer to this request.");
}

std::optional<base::Duration> retry_after_of(const http::Response& response,
                                             base::WallTime now) {
    const auto told = scheduler::read_limit_headers(response.headers, now);
    return http::is_limited(response.status) ? told.refusal_length() : told.retry_after;
}

scheduler::RetryInput retry_input(const Flight& flight,
                                  const Attempt& attempt,
                                  base::WallTime now) {
    scheduler::RetryInput input;
    input.method = flight.call.method;
    input.attempts = flight.attempts;
    input.surely_not_sent = attempt.surely_not_sent;
    input.on_reused_connection = attempt.reused_connection_died;
    input.deadline = flight.deadline();
    if (attempt.failure) {
        input.failure = attempt.failure->kind;
        input.retry_after = attempt.failure->retry_after;
    } else {
        input.status = attempt.response.status;
        input.is_page_end = is_past_last_page(input.status, plain_view(attempt));
        input.retry_after = retry_after_of(attempt.response, now);
    }
    return input;
}

}  // namespace

Dispatcher::Dispatcher(Parts parts)
    : parts_{std::move(parts)},
      timers_{parts_.loop, parts_.clock},
      answers_{parts_.store,
               parts_.clock,
               {parts_.config.stale_if_error,
                parts_.config.negative_ttl,
                parts_.config.dynamic_ttl,
                parts_.popularity}},
      flights_{{parts_.clock, timers_, parts_.metrics},
               {this, &Dispatcher::on_abandoned, &Dispatcher::on_other_variant}},
      upstreams_{{parts_.loop,
                  parts_.config,
                  parts_.clock,
                  timers_,
                  flights_,
                  *parts_.transport,
                  chance_,
                  parts_.ledger,
                  parts_.news}},
      retry_budget_{parts_.config.retry_budget},
      workers_{parts_.loop} {}

void Dispatcher::submit(Call&& call, Waiter&& waiter) {
    if (closing_) {
        waiter.receiver->on_end(waiter.tag, closed_failure());
        return;
    }
    request_flow(*this, std::move(call), std::move(waiter));
}

void Dispatcher::enter(std::shared_ptr<Unit> unit) {
    units_.emplace(unit->tag, unit);
    if (closing_) unit->stopped = base::ErrorKind::ClientClosed;
    auto& started = *unit;
    started.start(*this, std::move(unit));
}

void Dispatcher::leave(Tag unit) {
    units_.erase(unit);
}

void Dispatcher::cancel(Tag tag) {
    if (flights_.end_waiter(tag, base::ErrorKind::Cancelled)) return;
    if (const auto unit = find_unit(tag)) {
        unit->stop(*this, base::ErrorKind::Cancelled);
    }
}

void Dispatcher::close() {
    closing_ = true;
    std::vector<std::shared_ptr<Unit>> units;
    units.reserve(units_.size());
    for (const auto& [tag, unit] : units_) units.push_back(unit);
    for (const auto& unit : units) unit->stop(*this, base::ErrorKind::ClientClosed);
    flights_.end_all(base::ErrorKind::ClientClosed);
    upstreams_.close();
    parts_.transport->close();
}

void Dispatcher::set_emergency(bool on) {
    emergency_ = on;
    upstreams_.set_emergency(on);
}

void Dispatcher::on_clock_turned() {
    timers_.on_clock_turned();
    upstreams_.on_clock_turned();
}

void Dispatcher::count_use(const Flight& flight) {
    if (flight.key.text.empty() || !parts_.popularity->is_started()) return;
    // What is only kept warm is not used.
    if (priority_of(flight.call) == scheduler::Priority::Warming) return;
    parts_.popularity->on_use(flight.key.hash, parts_.clock.now());
}

void Dispatcher::count_miss(const Flight& flight) {
    if (!flight.key.text.empty()) cache_counts_of(flight).misses.add();
}

void Dispatcher::start_look_up(Flight& flight) {
    const auto id = flight.id;
    answers_.look_up(flight.key, [this, id](cache::EntryPtr found) {
        if (parts_.loop.get_executor().running_in_this_thread()) {
            on_looked_up(id, std::move(found));
            return;
        }
        boost::asio::post(parts_.loop, [this, id, found = std::move(found)]() mutable {
            on_looked_up(id, std::move(found));
        });
    });
    if (flight.stage != Flight::Stage::LookingUp) return;
    flight.timer = timers_.start(
        parts_.clock.now() + kLookUpTime,
        [](void* self, std::uint64_t late) noexcept {
            static_cast<Dispatcher*>(self)->on_looked_up(late, nullptr);
        },
        this,
        id);
}

void Dispatcher::on_looked_up(std::uint64_t flight_id, cache::EntryPtr found) {
    auto* flight = flights_.find(flight_id);
    // It may have ended, or gone on, before this came.
    if (flight == nullptr || flight->stage != Flight::Stage::LookingUp) return;
    // What came meanwhile, by another request, is newer than what the tier found.
    flight->looked_up = find(*flight);
    if (!flight->looked_up) flight->looked_up = std::move(found);
    // What is in doubt stands, if the tier takes too long to say.
    if (!flight->looked_up) flight->looked_up = answers_.peek(flight->key);
    timers_.stop(flight->timer);
    if (flight->parked) {
        flight->resume();
    } else {
        flight->stage = Flight::Stage::Deciding;  // see LookingUp::await_suspend
    }
}

bool Dispatcher::answer_from_cache(Flight& flight, cache::EntryPtr& stored) {
    stored = answers_.choose(flight.call, stored);
    switch (answers_.decide_reuse(flight.call, stored)) {
        case cache::Reuse::Serve:
            if (cache::is_negative(*stored))
                cache_counts_of(flight).negative_hits.add();
            hand_over(flight, stored, Source::Fresh);
            return true;
        case cache::Reuse::ServeStale:
            hand_over(flight, stored, Source::Stale);
            return true;
        case cache::Reuse::NotCached:
            flights_.hand_over(flight, cache_miss(stored));
            return true;
        case cache::Reuse::ServeThenRevalidate:
            serve_then_revalidate(flight, stored);
            return false;
        case cache::Reuse::Revalidate:
            if (serve_in_emergency(flight, stored)) return true;
    }
    if (cache_mode_of(flight.call) == CacheMode::Reload) count_reload(flight, stored);
    if (stored && cache::is_negative(*stored)) stored = nullptr;
    return false;
}

/// Whether nobody waits any more.
bool Dispatcher::serve_in_emergency(Flight& flight, const cache::EntryPtr& stored) {
    if (!emergency_ || !answers_.may_stand_in(stored)) return false;
    flights_.hand_over_stale(flight, Kept{stored, {}, {}, Source::Stale});
    return flight.waiters.empty();
}

// RFC 5861 §3. An equal request may be revalidating already: then this one joins it.
void Dispatcher::serve_then_revalidate(Flight& flight, const cache::EntryPtr& stored) {
    const auto patience = options_of(flight.call).total_timeout;
    flights_.attend(flight, next_tag(), parts_.clock.now() + patience);
    flights_.hand_over_stale(flight, Kept{stored, {}, {}, Source::Stale});
}

void Dispatcher::count_reload(const Flight& flight, const cache::EntryPtr& stored) {
    auto& counts = cache_counts_of(flight);
    counts.reloads.add();
    if (stored && stored->is_fresh(parts_.clock.now())) counts.early_reloads.add();
}

metrics::RequestMetrics::CacheCounts& Dispatcher::cache_counts_of(
    const Flight& flight) {
    return parts_.metrics.cache_of(flight.call.route->index);
}

bool Dispatcher::join_flight(Flight& flight) {
    auto* leader = flights_.join(flight);
    if (leader == nullptr) return false;
    if (flight.priority < leader->priority) {
        leader->priority = flight.priority;
        upstreams_.hasten(*leader);
    }
    return true;
}

void Dispatcher::record(Flight& flight, const transport::TransferEnd& end) {
    const auto now = parts_.clock.now();
    flight.times.on_transfer_end(flight.brought->times, end, now);
    const auto sends = std::visit([](const auto& ended) { return ended.sends; }, end);
    count_sends(flight, sends, parts_.metrics);
    if (const auto* lost = std::get_if<transport::TransferFailure>(&end)) {
        upstreams_.settle(
            flight, scheduler::failed(lost->failure.kind, lost->surely_not_sent), now);
        return;
    }
    const auto& reply = std::get<transport::TransferReply>(end);
    parts_.metrics.totals().bytes_received.add(reply.body.size());
    const auto told =
        scheduler::read_limit_headers(reply.headers, parts_.clock.wall_now());
    upstreams_.settle(
        flight, scheduler::answered(reply.status, told, chance_.draw()), now);
}

std::optional<base::TimePoint> Dispatcher::decide_retry(Flight& flight,
                                                        const Attempt& attempt) {
    if (!attempt.failure && !http::is_error(attempt.response.status)) return {};
    if (flight.waiters.empty()) return {};
    auto input = retry_input(flight, attempt, parts_.clock.wall_now());
    input.policy = parts_.config.retry;
    if (scheduler::rest_of_downtime(parts_.clock.wall_now())) {
        input.policy = scheduler::widened(input.policy);
    }
    input.now = parts_.clock.now();
    const auto decision = scheduler::decide_retry(input, chance_.draw());
    if (!decision.retry || !retry_budget_.try_spend(input.now)) return {};
    if (!http::is_limited(input.status)) {
        upstreams_.on_failed(flight, input.attempts + 1 >= input.policy.max_attempts);
    }
    flight.again_for = retry_reason_of(input);
    return input.now + decision.delay;
}

bool Dispatcher::is_upstream_down(const Attempt& attempt) const noexcept {
    const auto status = attempt.response.status;
    return http::is_server_error(status) &&
           !is_past_last_page(status, plain_view(attempt));
}

std::optional<Kept> Dispatcher::keep(Flight& flight,
                                     const cache::EntryPtr& stored,
                                     Attempt&& attempt) {
    parts_.metrics.totals().bytes_decoded.add(attempt.response.body.decoded_size);
    auto kept = answers_.keep(flight, stored, std::move(attempt));
    count_end(flight, kept ? kept->entry.get() : nullptr, parts_.metrics);
    if (!kept) flight.again_for = metrics::RetryReason::OtherAnswer;
    if (kept && kept->source == Source::Revalidated) {
        cache_counts_of(flight).revalidations.add();
    }
    return kept;
}

void Dispatcher::hand_over(Flight& flight,
                           const cache::EntryPtr& entry,
                           Source source) {
    flights_.hand_over(flight, Kept{entry, {}, {}, source});
}

void Dispatcher::hand_over_failure(Flight& flight,
                                   const cache::EntryPtr& stored,
                                   const base::Failure& failure) {
    hand_over_stale(flight, stored);
    flights_.hand_over(flight, failure);
}

void Dispatcher::hand_over_failure(Flight& flight,
                                   const cache::EntryPtr& stored,
                                   Attempt&& attempt) {
    if (attempt.failure) {
        hand_over_failure(flight, stored, *attempt.failure);
        return;
    }
    hand_over_stale(flight, stored);
    if (flight.waiters.empty()) return;
    if (const auto kept = keep(flight, nullptr, std::move(attempt))) {
        flights_.hand_over(flight, *kept);
    }
}

void Dispatcher::hand_over_stale(Flight& flight, const cache::EntryPtr& stored) {
    if (!answers_.may_stand_in(stored)) return;
    flights_.hand_over_stale(flight, Kept{stored, {}, {}, Source::Stale});
}

void Dispatcher::start_transfer(Flight& flight, const cache::Entry* stored) {
    const auto& call = flight.call;
    transport::TransferRequest request;
    request.method = call.method;
    request.url = call.profile->url_of(call.target, flight.place);
    request.common_headers = call.profile->headers();
    request.headers = fields_to_send(call, stored);
    request.max_body_bytes = parts_.config.max_body_bytes;
    request.max_sends = parts_.config.retry.max_attempts - flight.attempts;
    // The last one is for another upstream.
    if (call.profile->upstreams() && request.max_sends > 1) --request.max_sends;
    if (call.options) {
        request.body = call.options->body;
        request.has_body = call.options->has_body;
        request.timeouts = call.options->timeouts;
    }
    const auto now = parts_.clock.now();
    if (flight.attempts == 0) retry_budget_.on_first_attempt(now);
    flight.times.on_started(flight.brought->times, now);
    flight.transfer =
        parts_.transport->start(std::move(request),
                                {[](void* sending,
                                    transport::TransferId,
                                    transport::TransferEnd&& end) noexcept {
                                     auto& sent = *static_cast<Flight*>(sending);
                                     sent.brought->end = std::move(end);
                                     sent.resume();
                                 },
                                 &flight});
}

void Dispatcher::start_decoding(Flight& flight) {
    workers_.run(
        [end = std::move(flight.brought->end),
         policy = body_policy(flight),
         rows = flight.call.rows]() mutable {
            auto attempt = make_attempt(std::move(end), policy);
            if (rows) read_rows_of(attempt, std::move(rows));
            return attempt;
        },
        [this, &flight](Attempt&& attempt) {
            flight.brought->attempt = std::move(attempt);
            flight.times.on_decoded(flight.brought->times, parts_.clock.now());
            flight.resume();
        });
}

BodyPolicy Dispatcher::body_policy(const Flight& flight) const noexcept {
    return {parts_.config.max_body_bytes,
            parts_.config.compression_threshold,
            flight.call.wants_plain};
}

void Dispatcher::on_abandoned(void* self, Flight& flight) noexcept {
    static_cast<Dispatcher*>(self)->stop(flight);
}

void Dispatcher::on_other_variant(void* self, Call&& call, Waiter&& waiter) {
    static_cast<Dispatcher*>(self)->submit(std::move(call), std::move(waiter));
}

void Dispatcher::stop(Flight& flight) {
    switch (flight.stage) {
        case Flight::Stage::Deciding: give_up(flight); return;
        case Flight::Stage::Sending: stop_sending(flight); return;
        case Flight::Stage::Decoding: return;  // ends soon, and may be stored
        case Flight::Stage::Queued:
            give_up(flight);
            upstreams_.withdraw(flight);
            flight.resume();
            return;
        case Flight::Stage::LookingUp:
        case Flight::Stage::Pausing:
            give_up(flight);
            timers_.stop(flight.timer);
            flight.resume();
            return;
    }
}

void Dispatcher::give_up(Flight& flight) {
    flight.stopped = true;
    flights_.hide(flight);
}

void Dispatcher::stop_sending(Flight& flight) {
    const bool worth_storing = !flight.key.text.empty() && parts_.store && !closing_;
    if (!worth_storing) {
        give_up(flight);
        parts_.transport->stop(flight.transfer);
        return;
    }
    flight.orphaned = true;
    timers_.start(
        parts_.clock.now() + kOrphanTime,
        [](void* self, std::uint64_t id) noexcept {
            auto& dispatcher = *static_cast<Dispatcher*>(self);
            auto* orphan = dispatcher.flights_.find(id);
            if (orphan == nullptr || !orphan->orphaned) return;
            dispatcher.give_up(*orphan);
            dispatcher.parts_.transport->stop(orphan->transfer);
        },
        this,
        flight.id);
}

}  // namespace pyesi::engine

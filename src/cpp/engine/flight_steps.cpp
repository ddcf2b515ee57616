#include "engine/flight_steps.h"

#include "engine/dispatcher.h"
#include "http/status.h"

#include <utility>

namespace pyesi::engine {

namespace {

/// What the last attempt brought is only noted from now on.
void begin_again(Flight& flight) {
    PastAttempt past;
    const auto& [end, attempt, times] = *flight.brought;
    past.status = attempt.response.status;
    if (attempt.failure) past.failure = attempt.failure->kind;
    flight.times.on_again(times, past);
    flight.brought.reset();
}

}  // namespace

FlightGuard::FlightGuard(Dispatcher& dispatcher, Flight& flight, Waiter waiter)
    : dispatcher_{dispatcher}, flight_{flight} {
    dispatcher_.flights().enter(flight_, std::move(waiter));
}

FlightGuard::~FlightGuard() {
    dispatcher_.upstreams().give_back(flight_);
    dispatcher_.flights().leave(flight_);
}

bool LookingUp::await_ready() const {
    dispatcher.count_use(flight);
    flight.looked_up = dispatcher.find(flight);
    return flight.looked_up || !dispatcher.may_look_further(flight);
}

bool LookingUp::await_suspend(std::coroutine_handle<> flow) const {
    flight.park(Flight::Stage::LookingUp, nullptr);
    dispatcher.start_look_up(flight);
    if (flight.stage != Flight::Stage::LookingUp) return false;  // told at once
    flight.parked = flow;
    return true;
}

cache::EntryPtr LookingUp::await_resume() const {
    if (!flight.looked_up) dispatcher.count_miss(flight);
    return std::move(flight.looked_up);
}

void Admitting::await_suspend(std::coroutine_handle<> flow) {
    flight.park(Flight::Stage::Queued, flow);
    if (flight.brought) begin_again(flight);
    dispatcher.upstreams().queue(flight, conditional);
}

const base::Failure* Admitting::await_resume() {
    if (flight.stopped) {
        flight.refusal = std::make_unique<const base::Failure>(
            base::make_failure(base::ErrorKind::Cancelled, "Nobody waits any more."));
    }
    if (!flight.refusal) dispatcher.flights().on_admitted(flight);
    return flight.refusal.get();
}

void Sending::await_suspend(std::coroutine_handle<> flow) {
    flight.park(Flight::Stage::Sending, flow);
    dispatcher.start_transfer(flight, stored);
}

const transport::TransferEnd& Sending::await_resume() const noexcept {
    return flight.brought->end;
}

bool Decoding::await_ready() const {
    const auto policy = dispatcher.body_policy(flight);
    auto& [end, attempt, times] = *flight.brought;
    if (is_worth_a_worker(end, policy)) return false;
    attempt = make_attempt(std::move(end), policy);
    if (attempt.was_coded) {
        flight.times.on_decoded(times, dispatcher.clock().now());
    }
    return true;
}

void Decoding::await_suspend(std::coroutine_handle<> flow) {
    flight.park(Flight::Stage::Decoding, flow);
    dispatcher.start_decoding(flight);
}

Attempt& Decoding::await_resume() const {
    auto& attempt = flight.brought->attempt;
    if (attempt.response.status == http::kNotModified && !flight.ticket.conditional) {
        attempt.failure = base::make_failure(
            base::ErrorKind::UnexpectedAnswer,
            "The server answered 304 to a request that named nothing it could match.");
    }
    return attempt;
}

void Pausing::await_suspend(std::coroutine_handle<> flow) {
    flight.park(Flight::Stage::Pausing, flow);
    flight.timer = dispatcher.timers().start(
        until,
        [](void* paused, std::uint64_t) noexcept {
            static_cast<Flight*>(paused)->resume();
        },
        &flight);
}

}  // namespace pyesi::engine

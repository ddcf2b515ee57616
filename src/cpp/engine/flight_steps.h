#pragma once

#include "engine/attempt.h"
#include "engine/flight.h"

#include <coroutine>
#include <optional>

namespace pyesi::engine {

class Dispatcher;

// What a request's flow waits for, step by step. Each is named before it is
// awaited: gcc 12 destroys a temporary in a co_await expression twice.

/// Registers a flight with its first waiter, and takes it out at the end: then
/// whoever still waits is told, and what is held is given back.
///
/// Thread: network thread only.
class FlightGuard {
public:
    FlightGuard(Dispatcher& dispatcher, Flight& flight, Waiter waiter);
    ~FlightGuard();
    FlightGuard(const FlightGuard&) = delete;
    FlightGuard& operator=(const FlightGuard&) = delete;

private:
    Dispatcher& dispatcher_;
    Flight& flight_;
};

/// What the cache has: at once, or when a tier that takes time has been asked. Null
/// if it has nothing, or if asking takes too long.
///
/// Thread: network thread only.
struct LookingUp {
    Dispatcher& dispatcher;
    Flight& flight;

    bool await_ready() const;
    bool await_suspend(std::coroutine_handle<> flow) const;
    cache::EntryPtr await_resume() const;
};

/// Until every gate lets the flight go. Gives why not, if it is refused or was
/// stopped; else null.
///
/// Thread: network thread only.
struct Admitting {
    Dispatcher& dispatcher;
    Flight& flight;
    bool conditional;

    bool await_ready() const noexcept { return flight.stopped; }
    void await_suspend(std::coroutine_handle<> flow);
    const base::Failure* await_resume();
};

/// Until one attempt has ended.
///
/// Thread: network thread only.
struct Sending {
    Dispatcher& dispatcher;
    Flight& flight;
    const cache::Entry* stored;  ///< whose validators go along; may be null

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> flow);
    const transport::TransferEnd& await_resume() const noexcept;
};

/// Until the body is taken in: at once if it is small, else on a worker.
///
/// Thread: network thread only.
struct Decoding {
    Dispatcher& dispatcher;
    Flight& flight;

    bool await_ready() const;
    void await_suspend(std::coroutine_handle<> flow);
    Attempt& await_resume() const;
};

/// Until an instant of policy time, or until the flight is stopped.
///
/// Thread: network thread only.
struct Pausing {
    Dispatcher& dispatcher;
    Flight& flight;
    base::TimePoint until;

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> flow);
    void await_resume() const noexcept {}
};

}  // namespace pyesi::engine

#pragma once

#include "base/failure.h"
#include "cache/cache_key.h"
#include "engine/attempt.h"
#include "engine/call.h"
#include "engine/flight_times.h"
#include "engine/receiver.h"
#include "engine/timers.h"
#include "metrics/causes.h"
#include "scheduler/ticket.h"
#include "transport/transfer.h"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace pyesi::engine {

/// One who waits for a flight's end. Without a receiver it is the cache itself, which
/// wants an answer renewed that it has already handed over.
struct Waiter {
    Tag tag = 0;
    std::shared_ptr<EndReceiver> receiver;
    base::TimePoint asked_at{};
    base::TimePoint joined_at{};  ///< unset: nobody else's flight so far
    base::TimePoint deadline = base::TimePoint::max();
    bool accepts_stale = true;
    Timers::Key timer{};

    /// Its own client, where that sends other fields than that of the flight which
    /// it joined: the answer may have been chosen by them. Else null.
    std::shared_ptr<const Profile> profile{};
};

/// What one attempt brings: how its transfer ended, and what was made of it.
struct Brought {
    transport::TransferEnd end;
    Attempt attempt;
    FlightTimes::Attempt times;
};

/// When an upstream's limits may admit what they have refused.
struct Opening {
    base::TimePoint at = base::TimePoint::max();
    std::uint32_t place = 0;  ///< among several
    std::uint32_t upstream = 0;
};

/// A request under way, with all who wait for its end: equal requests share one.
///
/// It lives in the frame of its flow, detached from who asked first: a waiter
/// that leaves does not end it for the others.
///
/// Thread: network thread only.
struct Flight {
    /// What its flow waits for, and so what stopping it means.
    enum class Stage : std::uint8_t {
        Deciding,
        LookingUp,
        Queued,
        Pausing,
        Sending,
        Decoding
    };

    Flight(cache::CacheKey its_key, Call&& asked)
        : call{std::move(asked)},
          key{std::move(its_key)},
          priority{priority_of(call)},
          keeps_answer{cache_mode_of(call) != CacheMode::NoStore} {}
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;
    ~Flight() = default;

    /// The latest instant at which anybody still waits.
    base::TimePoint deadline() const noexcept {
        auto latest = base::TimePoint::min();
        for (const auto& waiter : waiters) latest = std::max(latest, waiter.deadline);
        return latest;
    }

    /// How often it was sent, the attempt under way included.
    int attempts_so_far() const noexcept {
        return attempts + (stage == Stage::Sending ? 1 : 0);
    }

    void park(Stage what_for, std::coroutine_handle<> flow) noexcept {
        stage = what_for;
        parked = flow;
    }

    /// Goes on with the flow. The flight may be gone afterwards.
    void resume() {
        stage = Stage::Deciding;
        std::exchange(parked, nullptr).resume();
    }

    Call call;
    cache::CacheKey key;           ///< empty: shared with nobody, stored nowhere
    scheduler::Priority priority;  ///< the best of those who wait
    std::vector<Waiter> waiters;
    std::uint64_t id = 0;
    int attempts = 0;
    Stage stage = Stage::Deciding;
    bool stopped = false;   ///< nobody waits any more: the flow is to end
    bool orphaned = false;  ///< nobody waits, but its answer is worth storing
    bool joinable = false;  ///< equal requests find it
    bool keeps_answer;      ///< one of its callers lets it be kept past its freshness
    metrics::RetryReason again_for{};  ///< why it is sent once more, if it is
    std::coroutine_handle<> parked;
    FlightTimes times;

    // What its stage holds.
    cache::EntryPtr looked_up;
    scheduler::Ticket ticket;
    std::uint32_t place = 0;  ///< of its upstream among several
    std::uint32_t tried = 0;  ///< those that are not asked again, by bits
    std::unique_ptr<const Opening> opening;  ///< of those whose limits refused it
    std::unique_ptr<const scheduler::RouteLimit> own_limit;  ///< unchecked routes only
    bool holds_permit = false;
    std::unique_ptr<const base::Failure> refusal;
    Timers::Key timer;
    transport::TransferId transfer = 0;
    // Only from its admission to the next: requests wait by the hundred thousand.
    std::unique_ptr<Brought> brought;
};

}  // namespace pyesi::engine

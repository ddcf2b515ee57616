#pragma once

#include "base/failure.h"
#include "base/time.h"
#include "scheduler/held.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pyesi::engine {

/// What a request can be in, in the order in which one attempt goes through them.
enum class Phase : std::uint8_t {
    LookUp,     ///< until the cache had been asked; all of what it answers by itself
    Coalesced,  ///< an equal request was under way: until its end
    Gate,
    Pool,  ///< until a connection was at hand
    Connect,
    Tls,
    Wait,     ///< until the first byte of the answer
    Receive,  ///< the rest of it
    Decode,
    Pause,  ///< until the next attempt
    Store,  ///< into the cache, and hand-over
};

const char* name_of(Phase phase) noexcept;

/// How long one attempt was in its phases. Floats, since answers are held by the
/// hundred thousand.
struct AttemptTimes {
    enum Span : std::uint8_t {
        ByLimit,    ///< kept back by the gate `limit`
        ByBreaker,  ///< kept back while the upstream was down
        ByTurn,  ///< until `turn` had a place; if that is none, until it was looked at
        Pool,
        Connect,
        Tls,
        Wait,
        Receive,
        Decode,
    };

    static constexpr std::size_t kSpans = Decode + 1;

    std::array<float, kSpans> seconds{};
    scheduler::GateName limit = scheduler::GateName::None;
    scheduler::GateName turn = scheduler::GateName::None;
};

/// An attempt that was followed by another one.
struct PastAttempt {
    AttemptTimes times;
    float pause = 0;  ///< until the next was begun
    std::optional<base::ErrorKind> failure;
    int status = 0;  ///< where there is no failure
};

/// The part of a timeline that is plain bytes, so that an answer is moved cheaply.
struct TimelineTimes {
    struct Part {
        Phase phase = Phase::LookUp;
        scheduler::GateName gate = scheduler::GateName::None;
    };

    base::TimePoint asked_at{};  ///< unset: answered at once, on the asker's thread
    float look_up = 0;
    float coalesced = 0;
    float store = 0;

    /// Of what the request did that it was coalesced with; Coalesced: not known.
    Part longest{Phase::Coalesced};

    AttemptTimes last;
};

static_assert(sizeof(TimelineTimes) <= 64);

/// What a request's time went to, as its answer carries it.
///
/// Its phases follow one another without a gap: together they are its `elapsed`.
///
/// Constant after construction.
struct Timeline : TimelineTimes {
    /// One phase, as it is shown.
    struct Step {
        Phase phase = Phase::LookUp;
        float seconds = 0;
        std::string detail{};
    };

    /// In order, without those that took no time; if none took any, the look-up.
    std::vector<Step> steps() const;

    /// What took longest of it from `begin` seconds on.
    Part longest_since(double begin) const;

    std::shared_ptr<const std::vector<PastAttempt>> past;  ///< null: there is none
};

}  // namespace pyesi::engine

#pragma once

#include "base/time.h"
#include "engine/timeline.h"
#include "scheduler/held.h"
#include "transport/transfer.h"

#include <memory>
#include <vector>

namespace pyesi::engine {

/// What a flight notes of its time. It sees no clock.
///
/// Thread: network thread only.
class FlightTimes {
public:
    /// What is noted of one attempt from its admission on. Not held here, since a
    /// request that waits needs no room for it.
    struct Attempt {
        base::TimePoint first_queued_at{};
        AttemptTimes times;
    };

    /// One who waited for the flight's end. `joined_at` is unset for who began it.
    struct Asker {
        base::TimePoint asked_at{};
        base::TimePoint joined_at{};
    };

    /// It waits for the gates, or waits for them still.
    void on_queued(base::TimePoint now) noexcept;
    void on_admitted(Attempt& attempt,
                     const scheduler::Held& held,
                     base::TimePoint now) noexcept;
    void on_started(Attempt& attempt, base::TimePoint now) noexcept;
    void on_transfer_end(Attempt& attempt,
                         const transport::TransferEnd& end,
                         base::TimePoint now) noexcept;
    void on_decoded(Attempt& attempt, base::TimePoint now) noexcept;

    /// It is to be sent again. `attempt.pause` is filled in when it is queued.
    void on_again(const Attempt& attempt, PastAttempt past);

    /// The whole, for one who is told now. `attempt` is null if none was admitted since
    /// the last pause; then `refused_by` is what kept it back.
    Timeline timeline(const Asker& asker,
                      const Attempt* attempt,
                      scheduler::GateName refused_by,
                      base::TimePoint now) const;

private:
    struct Past {
        base::TimePoint first_queued_at;
        std::vector<PastAttempt> attempts;
        bool pauses = false;
    };

    base::TimePoint first_queued_at(const Attempt* attempt) const noexcept;
    void add_attempts(Timeline& timeline,
                      const Attempt* attempt,
                      scheduler::GateName refused_by,
                      base::TimePoint now) const;
    base::Duration take(base::TimePoint now) noexcept;

    base::TimePoint told_until_{};  ///< what came before is noted; unset: never queued
    std::unique_ptr<Past> past_;    ///< null: there was no attempt before this one
};

static_assert(sizeof(FlightTimes) == 16, "requests wait by the hundred thousand");

}  // namespace pyesi::engine

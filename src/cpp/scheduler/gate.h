#pragma once

#include "base/failure.h"
#include "base/time.h"
#include "scheduler/held.h"
#include "scheduler/outcome.h"
#include "scheduler/ticket.h"

#include <cstdint>

namespace pyesi::scheduler {

/// A gate's answer to "may this go?".
struct Admission {
    enum class Answer : std::uint8_t {
        Now,
        NotBefore,      ///< ask again at `at`; before that the answer is the same
        WhenSlotFrees,  ///< ask again after any outcome, and at `at` at the latest
        Refused,        ///< never
    };

    Answer answer = Answer::Now;
    base::ErrorKind why = base::ErrorKind::WindowClosed;  ///< what the gate is shut by
    GateName by = GateName::None;  ///< for whoever asks several gates to write
    base::TimePoint at = base::TimePoint::max();

    bool is_now() const noexcept { return answer == Answer::Now; }
};

// It comes back in registers.
static_assert(sizeof(Admission) == 16);

inline Admission admit_now() noexcept {
    return {};
}

inline Admission not_before(base::TimePoint at, base::ErrorKind why) noexcept {
    return {.answer = Admission::Answer::NotBefore, .why = why, .at = at};
}

inline Admission when_slot_frees(base::ErrorKind why,
                                 base::TimePoint at = base::TimePoint::max()) noexcept {
    return {.answer = Admission::Answer::WhenSlotFrees, .why = why, .at = at};
}

inline Admission refused(base::ErrorKind why) noexcept {
    return {.answer = Admission::Answer::Refused, .why = why};
}

/// One limit on what may be sent, and when. It sees no clock: `now` is handed in.
///
/// `admit` reserves nothing. Once all gates of a request say Now, each is told
/// `on_sent`, and each `on_sent` is followed by exactly one `on_outcome`.
///
/// A gate must not admit a ticket of lower priority where it holds back one of a
/// higher one.
///
/// Thread: any one at a time.
class Gate {
public:
    Gate() = default;
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    virtual ~Gate() = default;

    virtual Admission admit(const Ticket& ticket, base::TimePoint now) const = 0;
    virtual void on_sent(const Ticket& ticket, base::TimePoint now) = 0;
    virtual void on_outcome(const Ticket& ticket,
                            const Outcome& outcome,
                            base::TimePoint now) = 0;
};

}  // namespace pyesi::scheduler

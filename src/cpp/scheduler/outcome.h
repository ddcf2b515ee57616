#pragma once

#include "base/failure.h"
#include "scheduler/limit_headers.h"

#include <cstdint>

namespace pyesi::scheduler {

/// How an attempt ended, as the gates must know it. Every ticket that was let go is
/// followed by exactly one.
struct Outcome {
    enum class End : std::uint8_t {
        Answered,   ///< a response came, whatever its status
        Lost,       ///< it broke off: what ESI made of it is not known
        GivenUp,    ///< nobody wanted it any more: ESI most likely answered well
        NeverSent,  ///< nothing of it reached ESI
    };

    End end = End::NeverSent;
    int status = 0;
    LimitHeaders told{};
    double jitter = 0;         ///< in [0, 1), drawn by the caller; lengthens waits only
    bool unreachable = false;  ///< not sent, because no connection could be had

    bool answered() const noexcept { return end == End::Answered; }
};

inline Outcome answered(int status, const LimitHeaders& told, double jitter) noexcept {
    return {Outcome::End::Answered, status, told, jitter};
}

inline Outcome lost() noexcept {
    return {.end = Outcome::End::Lost};
}

inline Outcome given_up() noexcept {
    return {.end = Outcome::End::GivenUp};
}

inline Outcome never_sent() noexcept {
    return {};
}

/// The outcome of an attempt that ended without a response. `surely_not_sent`: the
/// transport knows that no byte of the request went out.
Outcome failed(base::ErrorKind kind, bool surely_not_sent) noexcept;

}  // namespace pyesi::scheduler

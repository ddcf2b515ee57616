#pragma once

#include "transport/transfer.h"

#include <cstdint>
#include <optional>

namespace pyesi::transport {

/// When something last moved on a transfer that was sent.
struct Idleness {
    bool sending = false;  ///< the body is still on its way out
    std::uint64_t uploaded =
        0;  ///< bytes of the body that were taken, when last looked
    base::TimePoint moved_at{};
};

/// What a look at it says: that it is over, or when to look again.
struct IdleVerdict {
    std::optional<base::ErrorKind> failure;
    base::TimePoint look_again;
};

/// Nobody tells us of bytes that leave: they are looked at four times within one
/// write time-out, so that it passes by a quarter of itself at most. What comes in
/// is stamped as it comes.
constexpr int kLooksAtWriting = 4;

inline IdleVerdict decide_idle(const Idleness& idle,
                               const Timeouts& timeouts,
                               base::TimePoint now) noexcept {
    const auto bound = idle.sending ? timeouts.write : timeouts.read;
    const auto deadline = idle.moved_at + bound;
    if (now >= deadline) {
        return {idle.sending ? base::ErrorKind::WriteTimedOut
                             : base::ErrorKind::ReadTimedOut,
                deadline};
    }
    if (!idle.sending) return {std::nullopt, deadline};
    return {std::nullopt, std::min(deadline, now + bound / kLooksAtWriting)};
}

}  // namespace pyesi::transport

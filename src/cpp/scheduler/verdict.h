#pragma once

#include "base/failure.h"
#include "base/time.h"
#include "scheduler/held.h"

#include <cstdint>
#include <optional>

namespace pyesi::scheduler {

/// The scheduler's last word on a waiting ticket: it goes now, or it never will.
struct Verdict {
    std::uint64_t id = 0;
    bool admitted = false;

    // If it was refused.
    base::ErrorKind why = base::ErrorKind::DeadlineExceeded;
    std::optional<base::Duration> retry_after;  ///< when a new one may be admitted

    Held held{};  ///< if it was not
};

}  // namespace pyesi::scheduler

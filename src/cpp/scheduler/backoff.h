#pragma once

#include "base/time.h"

#include <optional>

namespace pyesi::scheduler {

struct BackoffInput {
    int failures = 1;  ///< so far; from 1
    base::Duration base{};
    base::Duration cap{};
    /// A floor that the cap does not lower: to come back before the server is ready
    /// only burns an attempt.
    std::optional<base::Duration> retry_after;
};

/// How long to wait before the next attempt: full jitter, anything from nothing to
/// base × 2^(failures - 1), at most cap; after `retry_after` if there is one.
///
/// `jitter` is in [0, 1), drawn by the caller.
base::Duration backoff_delay(const BackoffInput& input, double jitter) noexcept;

}  // namespace pyesi::scheduler

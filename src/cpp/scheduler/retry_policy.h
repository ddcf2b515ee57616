#pragma once

#include "base/failure.h"
#include "base/time.h"
#include "http/method.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace pyesi::scheduler {

struct RetryPolicy {
    int max_attempts = 3;
    base::Duration base = std::chrono::milliseconds{200};
    base::Duration cap = std::chrono::seconds{5};
};

/// An attempt that has ended, and what bounds another.
struct RetryInput {
    http::Method method = http::Method::Get;
    int attempts = 1;  ///< made so far, this one included
    RetryPolicy policy{};

    int status = 0;  ///< of the answer; 0 if there was none
    base::ErrorKind failure = base::ErrorKind::ConnectionLost;  ///< if there was none
    bool surely_not_sent = false;  ///< no byte of the request went out
    bool on_reused_connection = false;
    /// ESI's "Requested page does not exist!", wrapped into a 500: it will not come
    /// into being by asking again.
    bool is_page_end = false;

    std::optional<base::Duration> retry_after{};
    base::TimePoint now{};
    base::TimePoint deadline = base::TimePoint::max();
};

struct RetryDecision {
    bool retry = false;
    base::Duration delay{};  ///< if it is to be retried

    /// If not, and the server said when: for the caller to pass on.
    std::optional<base::Duration> retry_after;
};

/// Whether the attempt is made once more, and after how long. Only what is safe is
/// ever repeated, or what surely was not sent. No retry starts before `retry_after`
/// nor at or after the deadline.
///
/// After 420 and 429 the delay is 0: the gates are shut by then, and the ticket waits
/// its time there.
///
/// `jitter` is in [0, 1), drawn by the caller.
RetryDecision decide_retry(const RetryInput& input, double jitter) noexcept;

}  // namespace pyesi::scheduler

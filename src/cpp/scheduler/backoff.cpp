#include "scheduler/backoff.h"

#include <algorithm>

namespace pyesi::scheduler {

base::Duration backoff_delay(const BackoffInput& input, double jitter) noexcept {
    auto span = input.base;
    for (int i = 1; i < input.failures && span < input.cap; ++i) span *= 2;
    span = std::min(span, input.cap);

    const auto delay =
        base::from_seconds(std::clamp(jitter, 0.0, 1.0) * base::in_seconds(span));
    return input.retry_after.value_or(base::Duration::zero()) + delay;
}

}  // namespace pyesi::scheduler

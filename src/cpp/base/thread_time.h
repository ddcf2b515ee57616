#pragma once

#include "base/time.h"

#include <ctime>

namespace pyesi::base {

/// The CPU that the calling thread has used; zero where the system does not tell.
inline Duration thread_time() noexcept {
#ifdef CLOCK_THREAD_CPUTIME_ID
    timespec used{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0) return {};
    return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
#else
    return {};
#endif
}

}  // namespace pyesi::base

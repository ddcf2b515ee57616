#pragma once

#include "storage/redis_address.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pyesi::cache {

/// The tier in Redis: where it is and what it may cost.
struct RedisSettings {
    storage::RedisAddress address;          ///< unset: there is no such tier
    std::chrono::milliseconds timeout{50};  ///< of one answer
    std::size_t max_entry_bytes = std::size_t{16} << 20U;  ///< heavier are refused
    std::uint64_t clock_run = 0;                           ///< see ClockReading
};

}  // namespace pyesi::cache

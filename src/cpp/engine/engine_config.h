#pragma once

#include "base/time.h"
#include "cache/disk_store.h"
#include "cache/dynamic_ttl.h"
#include "cache/memory_store.h"
#include "cache/redis_settings.h"
#include "scheduler/circuit_breaker.h"
#include "scheduler/retry_budget.h"
#include "scheduler/retry_policy.h"
#include "storage/redis_address.h"
#include "transport/transport_settings.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace pyesi::engine {

/// What holds for a whole engine. Checked by whoever makes it.
struct EngineConfig {
    int max_in_flight = 20;               ///< per upstream, sweeps included
    int max_in_flight_total = 0;          ///< of all upstreams together; 0: no bound
    std::size_t max_waiting = 1'000'000;  ///< requests queued, per upstream
    scheduler::RetryPolicy retry;
    scheduler::RetryBudget::Settings retry_budget;

    scheduler::CircuitBreaker::Settings breaker;  ///< one for each upstream

    /// The share of each rate limit window that is left to Interactive. In [0, 1).
    float reserve = 0.1F;

    /// The file by which processes of one machine share their limits, or the Redis
    /// by which those of several do; none: each is for itself.
    std::string limits_path;
    storage::RedisAddress limits_redis;
    std::chrono::milliseconds limits_timeout{50};  ///< for one answer of a ledger

    bool cache_enabled = true;
    cache::MemoryStore::Settings memory;
    cache::DiskStore::Settings disk;  ///< without a path there is none
    cache::RedisSettings redis;       ///< without an address there is none

    std::size_t max_body_bytes = std::size_t{64} << 20U;  ///< decoded
    /// A larger body is held as it came, compressed, if that is smaller.
    std::size_t compression_threshold = std::size_t{8} << 10U;

    /// How long a stale answer may stand in for one that failed, where the
    /// server did not say.
    base::Duration stale_if_error = std::chrono::hours{1};

    /// How long a 403 or 404 is kept, where the server does not say longer; 0: not.
    base::Duration negative_ttl = std::chrono::seconds{60};

    /// Lifetimes of what nobody dates. Without it such answers are validated each
    /// time, and the application's values say how long they are kept.
    std::optional<cache::DynamicTtl> dynamic_ttl;

    transport::TransportSettings transport;
};

}  // namespace pyesi::engine

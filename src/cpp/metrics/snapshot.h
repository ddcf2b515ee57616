#pragma once

#include "metrics/histogram.h"
#include "metrics/outcome.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pyesi::metrics {

/// What requests met in the cache.
struct CacheSnapshot {
    std::uint64_t hits = 0;  ///< requests answered fresh, refusals among them
    std::uint64_t stale = 0;
    std::uint64_t misses = 0;
    std::uint64_t revalidations = 0;  ///< answered 304
    std::uint64_t coalesced = 0;      ///< requests that joined another's flight
    std::uint64_t negative_hits = 0;  ///< answered with a refusal that was kept
    std::uint64_t reloads = 0;        ///< asked for whatever was there
    std::uint64_t early_reloads = 0;  ///< of them, those that a fresh answer waited for

    /// Requests that ESI never saw.
    std::uint64_t avoided() const noexcept { return hits + coalesced; }
};

/// What warmings did.
struct WarmingSnapshot {
    std::uint64_t revalidated = 0;
    std::uint64_t changed = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;  ///< expired, and nobody had used it
};

/// What was counted for one route.
struct RouteSnapshot {
    std::string route;                   ///< operation id, or "unchecked"
    PerOutcome<std::uint64_t> requests;  ///< requests that ended so
    std::uint64_t attempts = 0;          ///< times that one was put on the wire
    std::uint64_t retries = 0;           ///< attempts that were not a request's first
    CacheSnapshot cache;
    HistogramSnapshot duration;  ///< of requests that were not fresh hits
};

/// What was counted for all routes together.
struct TotalsSnapshot {
    std::uint64_t bytes_received = 0;  ///< bodies as they came
    std::uint64_t bytes_decoded = 0;   ///< bodies once decoded
    CacheSnapshot cache;
    WarmingSnapshot warming;
};

/// All numbers of one engine's requests at one moment; plain values.
struct RequestSnapshot {
    std::vector<RouteSnapshot> routes;  ///< those with a request or an attempt
    TotalsSnapshot totals;
};

}  // namespace pyesi::metrics

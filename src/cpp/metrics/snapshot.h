#pragma once

#include "base/time.h"
#include "metrics/causes.h"
#include "metrics/histogram.h"
#include "metrics/outcome.h"

#include <array>
#include <cstddef>
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

/// The times for which percentiles are told.
enum class Window : std::uint8_t { Minute, TenMinutes, All };

inline constexpr std::size_t kWindows = 3;
inline constexpr std::array kAllWindows{
    Window::Minute, Window::TenMinutes, Window::All};

/// The shares of which a percentile is told.
inline constexpr std::array kShares{0.5, 0.9, 0.95, 0.99, 0.999};

/// How long requests took that were not fresh hits, in one window.
struct Percentiles {
    std::uint64_t count = 0;
    base::Duration sum{};
    std::array<base::Duration, kShares.size()> at{};  ///< for each of kShares
};
using PercentilesByWindow = std::array<Percentiles, kWindows>;

/// Attempts for one reason that were not a request's first.
struct RetriesSnapshot {
    std::uint64_t attempts = 0;
    std::uint64_t well = 0;  ///< requests that had a good answer after the last of them
};

/// What attempts waited for one cause before they were sent.
struct WaitsSnapshot {
    std::uint64_t waits = 0;
    base::Duration length{};
};

/// What was counted for one route.
struct RouteSnapshot {
    std::string route;                   ///< operation id, or "unchecked"
    PerOutcome<std::uint64_t> requests;  ///< requests that ended so
    std::uint64_t attempts = 0;          ///< times that one was put on the wire
    std::uint64_t retries = 0;           ///< attempts that were not a request's first
    std::array<RetriesSnapshot, kRetryReasons> retries_by_reason{};
    CacheSnapshot cache;
    HistogramSnapshot duration;       ///< of requests that were not fresh hits
    PercentilesByWindow percentiles;  ///< of them, within 3.2 %
};

/// What was counted for all routes together.
struct TotalsSnapshot {
    std::uint64_t bytes_received = 0;  ///< bodies as they came
    std::uint64_t bytes_decoded = 0;   ///< bodies once decoded
    base::Duration decode_time{};      ///< of those that came coded
    std::array<WaitsSnapshot, kWaitCauses> waits{};
    CacheSnapshot cache;
    WarmingSnapshot warming;
    PercentilesByWindow percentiles;  ///< of all routes together, within 0.8 %
};

/// All numbers of one engine's requests at one moment; plain values.
struct RequestSnapshot {
    std::vector<RouteSnapshot> routes;  ///< those with a request or an attempt
    TotalsSnapshot totals;

    /// Which times the windows cover: more than they say by a slice at most, and less
    /// where nothing was asked before.
    std::array<base::Duration, kWindows> covered{};
};

}  // namespace pyesi::metrics

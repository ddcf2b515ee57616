#pragma once

#include "base/time.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "metrics/outcome.h"
#include "metrics/snapshot.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace pyesi::metrics {

/// What one engine counts of its requests, by route and outcome.
///
/// A route is a small number: its place in the list given at construction, or
/// `unchecked()` for what the catalog does not know. A route takes memory from its
/// first request on (about 4.5 kB), so that the 230 that nobody asks for are free.
///
/// Thread-safe.
class RequestMetrics {
public:
    using RouteIndex = std::size_t;

    explicit RequestMetrics(std::vector<std::string> route_labels);
    ~RequestMetrics();

    RequestMetrics(const RequestMetrics&) = delete;
    RequestMetrics& operator=(const RequestMetrics&) = delete;

    /// The route of requests that the catalog does not know; also what an index
    /// past the end reads as.
    RouteIndex unchecked() const noexcept { return labels_.size() - 1; }

    /// A request was answered fresh on its caller's own thread: one addition and
    /// no time, since two readings of the clock would cost more than the hit.
    void on_fresh_hit(RouteIndex route);

    /// A request ended, `elapsed` after it was asked.
    void on_request_end(RouteIndex route, Outcome outcome, base::Duration elapsed);

    /// A request was put on the wire for the `number`th time, from 1 on.
    void on_attempt(RouteIndex route, int number);

    /// What requests of one route met in the cache. Hits are not among them: they
    /// are the fresh requests.
    struct CacheCounts {
        Counter misses;
        Counter revalidations;
        Counter coalesced;
        Counter negative_hits;
        Counter reloads;
        Counter early_reloads;
    };
    CacheCounts& cache_of(RouteIndex route) { return counts_of(route).cache; }

    /// What warmings did, all together.
    struct WarmingCounts {
        Counter revalidated;
        Counter changed;
        Counter failed;
        Counter skipped;
    };

    /// For all routes together.
    struct Totals {
        Counter bytes_received;
        Counter bytes_decoded;
        WarmingCounts warming;
    };
    Totals& totals() noexcept { return totals_; }

    RequestSnapshot snapshot() const;

private:
    struct RouteCounts {
        PerOutcome<Counter> requests;
        Counter attempts;
        Counter retries;
        CacheCounts cache;
        Histogram duration;
    };

    RouteCounts& counts_of(RouteIndex route);
    RouteCounts& make_counts(std::atomic<RouteCounts*>& slot);

    std::vector<std::string> labels_;
    std::vector<std::atomic<RouteCounts*>> counts_;  // owned; null until first use
    Totals totals_;
};

}  // namespace pyesi::metrics

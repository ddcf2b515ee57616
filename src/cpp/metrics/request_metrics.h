#pragma once

#include "base/time.h"
#include "metrics/causes.h"
#include "metrics/counter.h"
#include "metrics/duration_slice.h"
#include "metrics/histogram.h"
#include "metrics/history.h"
#include "metrics/history_text.h"
#include "metrics/outcome.h"
#include "metrics/recent_durations.h"
#include "metrics/snapshot.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace pyesi::metrics {

/// An instant by both clocks, by which the past is told.
struct Epoch {
    base::TimePoint now{};
    base::WallTime wall{};
};

/// What one engine counts of its requests, by route and outcome.
///
/// A route is a small number: its place in the list given at construction, or
/// `unchecked()` for what the catalog does not know. A route takes memory from its
/// first request on (about 6.5 kB), so that the 230 that nobody asks for are free; with
/// what is kept of the last ten minutes and of the past, all routes take 4 MB at most.
///
/// It sees no clock: each call says when it is. What was counted is cut into slices of
/// ten seconds by whoever calls first after one has ended.
///
/// Thread: any one at a time; `on_fresh_hit`, and what only looks, from any other
/// meanwhile.
class RequestMetrics {
public:
    using RouteIndex = std::size_t;

    explicit RequestMetrics(std::vector<std::string> route_labels, Epoch epoch = {});
    ~RequestMetrics();

    RequestMetrics(const RequestMetrics&) = delete;
    RequestMetrics& operator=(const RequestMetrics&) = delete;

    /// The route of requests that the catalog does not know; also what an index
    /// past the end reads as.
    RouteIndex unchecked() const noexcept { return labels_.size() - 1; }

    /// A request was answered fresh on its caller's own thread: one addition and
    /// no length of time, since to look at the clock again would cost more than the
    /// hit.
    void on_fresh_hit(RouteIndex route, base::TimePoint now);

    /// A request ended, `elapsed` after it was asked.
    void on_request_end(RouteIndex route,
                        Outcome outcome,
                        base::Duration elapsed,
                        base::TimePoint now);

    /// A request was put on the wire for the `number`th time, from 1 on; `reason` is
    /// why not for the first.
    void on_attempt(RouteIndex route, int number, RetryReason reason);

    /// A request that was repeated for that reason had a good answer in the end.
    void on_retried_well(RouteIndex route, RetryReason reason) {
        counts_of(route).retries[static_cast<std::size_t>(reason)].well.add();
    }

    /// An attempt waited before it was sent. No effect if it did not.
    void on_wait(WaitCause cause, base::Duration length);

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

    /// Waits for one cause.
    struct WaitCounts {
        Counter waits;
        Counter nanoseconds;
    };

    /// For all routes together.
    struct Totals {
        Counter bytes_received;
        Counter bytes_decoded;
        Counter decode_nanoseconds;  ///< of bodies that came coded
        std::array<WaitCounts, kWaitCauses> waits;
        WarmingCounts warming;
    };
    Totals& totals() noexcept { return totals_; }

    RequestSnapshot snapshot(base::TimePoint now);

    Past past(base::TimePoint now);

    /// What an earlier run has kept of the past.
    void restore(const Past& earlier);

private:
    struct RetryCounts {
        Counter attempts;
        Counter well;
    };

    struct RouteCounts {
        SharedCounter fresh_hits;      ///< found on the callers' own threads
        PerOutcome<Counter> requests;  ///< all others
        Counter attempts;
        std::array<RetryCounts, kRetryReasons> retries;
        CacheCounts cache;
        Histogram duration;
    };

    /// The series of lengths of all routes together.
    std::size_t all_routes() const noexcept { return labels_.size(); }

    static PerOutcome<std::uint64_t> requests_of(const RouteCounts& counts);
    RouteCounts& counts_of(RouteIndex route);
    RouteCounts& make_counts(std::atomic<RouteCounts*>& slot);

    void turn_if_due(base::TimePoint now) {
        if (now.time_since_epoch().count() >= due_.load(std::memory_order_relaxed)) {
            turn_unless_busy(now);
        }
    }
    void turn_unless_busy(base::TimePoint now);
    void turn(base::TimePoint now);
    void end_slice(base::TimePoint now);
    DurationSlice cut_slice(base::TimePoint end);
    PeriodCounts period_counts() const;
    base::WallTime wall_of(base::TimePoint instant) const noexcept;
    void tell_windows(RequestSnapshot& all,
                      std::span<const RouteIndex> shown,
                      base::TimePoint now) const;

    std::vector<std::string> labels_;
    std::vector<std::atomic<RouteCounts*>> counts_;  // owned; null until first use

    // When the slice ends. Looked at for each hit: what is written for each request is
    // further down, in other lines of the processor's cache.
    std::atomic<base::Duration::rep> due_{INT64_MIN};

    mutable std::mutex turning_;  // what follows, up to the history
    Epoch epoch_;
    base::TimePoint begin_{};  // of the slice; unset: nothing was counted yet
    SliceCutter cutter_;       // a series for each route, and the last of all together
    PeriodCounts told_counts_;
    RecentDurations recent_;
    History history_;

    Totals totals_;
    FineHistogram duration_;  // of all routes
};

}  // namespace pyesi::metrics

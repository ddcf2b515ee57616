#include "metrics/request_metrics.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace pyesi::metrics {

namespace {

std::vector<std::string> with_unchecked(std::vector<std::string> labels) {
    labels.emplace_back("unchecked");
    return labels;
}

CacheSnapshot cache_values_of(const RequestMetrics::CacheCounts& counts,
                              const PerOutcome<std::uint64_t>& requests) {
    return {.hits = requests[Outcome::Fresh],
            .stale = requests[Outcome::Stale],
            .misses = counts.misses.value(),
            .revalidations = counts.revalidations.value(),
            .coalesced = counts.coalesced.value(),
            .negative_hits = counts.negative_hits.value(),
            .reloads = counts.reloads.value(),
            .early_reloads = counts.early_reloads.value()};
}

WarmingSnapshot warming_values_of(const RequestMetrics::WarmingCounts& counts) {
    return {.revalidated = counts.revalidated.value(),
            .changed = counts.changed.value(),
            .failed = counts.failed.value(),
            .skipped = counts.skipped.value()};
}

base::Duration in_nanoseconds(const Counter& counter) noexcept {
    return base::Duration{static_cast<std::int64_t>(counter.value())};
}

void add(CacheSnapshot& sum, const CacheSnapshot& one) noexcept {
    sum.hits += one.hits;
    sum.stale += one.stale;
    sum.misses += one.misses;
    sum.revalidations += one.revalidations;
    sum.coalesced += one.coalesced;
    sum.negative_hits += one.negative_hits;
    sum.reloads += one.reloads;
    sum.early_reloads += one.early_reloads;
}

/// The lengths of one series, as the past takes them in.
History::Part part_of(const DurationSlice& slice, std::uint16_t series) {
    History::Part part;
    for (const auto& cell : slice.cells) {
        if (cell.series != series) continue;
        part.buckets.emplace_back(cell.bucket, cell.count);
    }
    for (const auto& sum : slice.sums) {
        if (sum.series == series) part.sum = sum.length;
    }
    return part;
}

}  // namespace

RequestMetrics::RequestMetrics(std::vector<std::string> route_labels, Epoch epoch)
    : labels_{with_unchecked(std::move(route_labels))},
      counts_(labels_.size()),
      epoch_{epoch},
      cutter_{labels_.size() + 1} {}

RequestMetrics::~RequestMetrics() {
    for (const auto& slot : counts_) {
        const std::unique_ptr<RouteCounts> owned{slot.load()};
    }
}

void RequestMetrics::on_fresh_hit(RouteIndex route, base::TimePoint now) {
    turn_if_due(now);
    counts_of(route).fresh_hits.add();
}

void RequestMetrics::on_request_end(RouteIndex route,
                                    Outcome outcome,
                                    base::Duration elapsed,
                                    base::TimePoint now) {
    turn_if_due(now);
    auto& counts = counts_of(route);
    counts.requests[outcome].add();
    counts.duration.record(elapsed);
    duration_.record(elapsed);
}

void RequestMetrics::on_attempt(RouteIndex route, int number, RetryReason reason) {
    auto& counts = counts_of(route);
    counts.attempts.add();
    if (number <= 1) return;
    counts.retries[static_cast<std::size_t>(reason)].attempts.add();
}

void RequestMetrics::on_wait(WaitCause cause, base::Duration length) {
    if (length <= base::Duration{0}) return;
    auto& counts = totals_.waits[static_cast<std::size_t>(cause)];
    counts.waits.add();
    counts.nanoseconds.add(static_cast<std::uint64_t>(length.count()));
}

PerOutcome<std::uint64_t> RequestMetrics::requests_of(const RouteCounts& counts) {
    PerOutcome<std::uint64_t> values;
    for (const auto outcome : kOutcomes) {
        values[outcome] = counts.requests[outcome].value();
    }
    values[Outcome::Fresh] += counts.fresh_hits.value();
    return values;
}

RequestMetrics::RouteCounts& RequestMetrics::counts_of(RouteIndex route) {
    auto& slot = counts_[route < counts_.size() ? route : unchecked()];
    auto* const counts = slot.load(std::memory_order_acquire);
    return counts != nullptr ? *counts : make_counts(slot);
}

RequestMetrics::RouteCounts& RequestMetrics::make_counts(
    std::atomic<RouteCounts*>& slot) {
    auto made = std::make_unique<RouteCounts>();
    RouteCounts* standing = nullptr;
    // Two threads may meet here; the second takes what the first put down.
    if (slot.compare_exchange_strong(standing, made.get(), std::memory_order_acq_rel)) {
        return *made.release();
    }
    return *standing;
}

void RequestMetrics::turn_unless_busy(base::TimePoint now) {
    const std::unique_lock lock{turning_, std::try_to_lock};
    if (lock) turn(now);
}

void RequestMetrics::turn(base::TimePoint now) {
    const bool is_first = begin_ == base::TimePoint{};
    if (!is_first && now <= begin_) return;  // another thread was faster
    if (!is_first) end_slice(now);
    begin_ = now;
    const auto due = now + RecentDurations::kFine;
    due_.store(due.time_since_epoch().count(), std::memory_order_relaxed);
}

void RequestMetrics::end_slice(base::TimePoint now) {
    // Whatever was counted was before the slice was due: what comes after turns it.
    auto slice = cut_slice(std::min<base::TimePoint>(
        now, begin_ + base::Duration{RecentDurations::kFine}));
    const auto counts = period_counts();
    auto part = part_of(slice, static_cast<std::uint16_t>(all_routes()));
    part.at = wall_of(begin_);
    part.counts = counts - std::exchange(told_counts_, counts);
    if (part.counts != PeriodCounts{}) history_.add(part);
    if (!slice.cells.empty()) recent_.add(std::move(slice));
}

DurationSlice RequestMetrics::cut_slice(base::TimePoint end) {
    DurationSlice slice{.begin = begin_, .end = end, .cells = {}, .sums = {}};
    for (RouteIndex route = 0; route < counts_.size(); ++route) {
        const auto* const counts = counts_[route].load(std::memory_order_acquire);
        if (counts == nullptr) continue;
        cutter_.cut(counts->duration, route, slice);
    }
    cutter_.cut(duration_, all_routes(), slice);
    return slice;
}

PeriodCounts RequestMetrics::period_counts() const {
    PeriodCounts all;
    for (const auto& slot : counts_) {
        const auto* const counts = slot.load(std::memory_order_acquire);
        if (counts == nullptr) continue;
        const auto requests = requests_of(*counts);
        for (const auto outcome : kOutcomes) {
            all.requests += requests[outcome];
            if (is_error(outcome)) all.errors += requests[outcome];
        }
        all.client_errors += requests[Outcome::ClientError];
        all.avoided += requests[Outcome::Fresh] + counts->cache.coalesced.value();
        all.attempts += counts->attempts.value();
    }
    all.bytes_received = totals_.bytes_received.value();
    all.bytes_decoded = totals_.bytes_decoded.value();
    return all;
}

base::WallTime RequestMetrics::wall_of(base::TimePoint instant) const noexcept {
    return epoch_.wall +
           std::chrono::duration_cast<base::WallTime::duration>(instant - epoch_.now);
}

Past RequestMetrics::past(base::TimePoint now) {
    const std::lock_guard lock{turning_};
    if (begin_ != base::TimePoint{}) turn(now);
    return {history_.minutes(), history_.tens()};
}

void RequestMetrics::restore(const Past& earlier) {
    const std::lock_guard lock{turning_};
    history_.restore(earlier.minutes, earlier.tens);
}

void RequestMetrics::tell_windows(RequestSnapshot& all,
                                  std::span<const RouteIndex> shown,
                                  base::TimePoint now) const {
    constexpr std::array<base::Duration, 2> kLengths{RecentDurations::kMinute,
                                                     RecentDurations::kLongest};
    for (std::size_t window = 0; window < kLengths.size(); ++window) {
        const auto slice = recent_.over(kLengths[window], now);
        all.covered[window] = slice.end - slice.begin;
        SeriesReader series{slice};
        for (std::size_t place = 0; place < shown.size(); ++place) {
            all.routes[place].percentiles[window] = series.next(shown[place], kCoarse);
        }
        all.totals.percentiles[window] = series.next(all_routes(), kFine);
    }
}

RequestSnapshot RequestMetrics::snapshot(base::TimePoint now) {
    RequestSnapshot all;
    std::vector<RouteIndex> shown;
    shown.reserve(counts_.size());
    constexpr auto kAll = static_cast<std::size_t>(Window::All);
    for (RouteIndex route = 0; route < counts_.size(); ++route) {
        const auto* const counts = counts_[route].load(std::memory_order_acquire);
        if (counts == nullptr) continue;
        shown.push_back(route);
        auto& told = all.routes.emplace_back();
        told.route = labels_[route];
        told.requests = requests_of(*counts);
        told.attempts = counts->attempts.value();
        for (std::size_t reason = 0; reason < kRetryReasons; ++reason) {
            const auto& retries = counts->retries[reason];
            told.retries_by_reason[reason] = {retries.attempts.value(),
                                              retries.well.value()};
            told.retries += retries.attempts.value();
        }
        told.duration = counts->duration.snapshot();
        told.percentiles[kAll] = percentiles_of(told.duration);
        told.cache = cache_values_of(counts->cache, told.requests);
        add(all.totals.cache, told.cache);
    }
    all.totals.bytes_received = totals_.bytes_received.value();
    all.totals.bytes_decoded = totals_.bytes_decoded.value();
    all.totals.warming = warming_values_of(totals_.warming);
    all.totals.decode_time = in_nanoseconds(totals_.decode_nanoseconds);
    std::ranges::transform(
        totals_.waits, all.totals.waits.begin(), [](const WaitCounts& counts) {
            return WaitsSnapshot{counts.waits.value(),
                                 in_nanoseconds(counts.nanoseconds)};
        });
    all.totals.percentiles[kAll] = percentiles_of(duration_.snapshot());
    const std::lock_guard lock{turning_};
    if (begin_ == base::TimePoint{}) return all;
    all.covered[kAll] = now - epoch_.now;
    turn(now);
    tell_windows(all, shown, now);
    return all;
}

}  // namespace pyesi::metrics

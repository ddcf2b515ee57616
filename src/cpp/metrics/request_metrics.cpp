#include "metrics/request_metrics.h"

#include <utility>

namespace pyesi::metrics {

namespace {

std::vector<std::string> with_unchecked(std::vector<std::string> labels) {
    labels.emplace_back("unchecked");
    return labels;
}

template <class Value>
PerOutcome<std::uint64_t> values_of(const PerOutcome<Value>& counters) {
    PerOutcome<std::uint64_t> values;
    for (const auto outcome : kOutcomes) values[outcome] = counters[outcome].value();
    return values;
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

}  // namespace

RequestMetrics::RequestMetrics(std::vector<std::string> route_labels)
    : labels_{with_unchecked(std::move(route_labels))}, counts_(labels_.size()) {}

RequestMetrics::~RequestMetrics() {
    for (const auto& slot : counts_) {
        const std::unique_ptr<RouteCounts> owned{slot.load()};
    }
}

void RequestMetrics::on_fresh_hit(RouteIndex route) {
    counts_of(route).requests[Outcome::Fresh].add();
}

void RequestMetrics::on_request_end(RouteIndex route,
                                    Outcome outcome,
                                    base::Duration elapsed) {
    auto& counts = counts_of(route);
    counts.requests[outcome].add();
    counts.duration.record(elapsed);
}

void RequestMetrics::on_attempt(RouteIndex route, int number) {
    auto& counts = counts_of(route);
    counts.attempts.add();
    if (number > 1) counts.retries.add();
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

RequestSnapshot RequestMetrics::snapshot() const {
    RequestSnapshot all;
    for (RouteIndex route = 0; route < counts_.size(); ++route) {
        const auto* const counts = counts_[route].load(std::memory_order_acquire);
        if (counts == nullptr) continue;
        auto& shown = all.routes.emplace_back();
        shown.route = labels_[route];
        shown.requests = values_of(counts->requests);
        shown.attempts = counts->attempts.value();
        shown.retries = counts->retries.value();
        shown.duration = counts->duration.snapshot();
        shown.cache = cache_values_of(counts->cache, shown.requests);
        add(all.totals.cache, shown.cache);
    }
    all.totals.bytes_received = totals_.bytes_received.value();
    all.totals.bytes_decoded = totals_.bytes_decoded.value();
    all.totals.warming = warming_values_of(totals_.warming);
    return all;
}

}  // namespace pyesi::metrics

#include "bindings/route_rows.h"

#include "metrics/route_series.h"

#include <array>
#include <cstddef>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

constexpr std::array<const char*, metrics::kWindows> kWindowNames{
    "minute", "ten_minutes", "all"};
constexpr std::array<const char*, metrics::kShares.size()> kShareNames{
    "p50", "p90", "p95", "p99", "p99_9"};

void add_requests(py::list& requests, const metrics::RouteSnapshot& route) {
    for (const auto outcome : metrics::kOutcomes) {
        if (route.requests[outcome] == 0) continue;
        py::dict one;
        one["route"] = route.route;
        one["outcome"] = metrics::name_of(outcome);
        one["count"] = route.requests[outcome];
        requests.append(one);
    }
}

py::dict duration_of(const metrics::RouteSnapshot& route) {
    using metrics::kDurationBounds;
    const auto counts = route.duration.cumulative(kDurationBounds);
    py::list buckets;
    for (std::size_t index = 0; index < kDurationBounds.size(); ++index) {
        buckets.append(
            py::make_tuple(base::in_seconds(kDurationBounds[index]), counts[index]));
    }
    py::dict one;
    one["route"] = route.route;
    one["count"] = route.duration.count();
    one["sum"] = base::in_seconds(route.duration.sum());
    one["buckets"] = buckets;
    return one;
}

py::dict attempts_of(const metrics::RouteSnapshot& route) {
    py::dict one;
    one["route"] = route.route;
    one["attempts"] = route.attempts;
    one["retries"] = route.retries;
    return one;
}

void add_retries(py::list& retries, const metrics::RouteSnapshot& route) {
    for (std::size_t index = 0; index < metrics::kRetryReasons; ++index) {
        const auto& counts = route.retries_by_reason[index];
        if (counts.attempts == 0) continue;
        py::dict one;
        one["route"] = route.route;
        one["reason"] = metrics::name_of(static_cast<metrics::RetryReason>(index));
        one["count"] = counts.attempts;
        one["well"] = counts.well;
        retries.append(one);
    }
}

/// `route` is none for all routes together.
void add_percentiles(py::list& rows,
                     const py::object& route,
                     const metrics::PercentilesByWindow& windows,
                     const metrics::RequestSnapshot& all) {
    for (std::size_t window = 0; window < windows.size(); ++window) {
        const auto& lengths = windows[window];
        if (lengths.count == 0) continue;
        py::dict one;
        one["route"] = route;
        one["window"] = kWindowNames[window];
        one["seconds"] = base::in_seconds(all.covered[window]);
        one["count"] = lengths.count;
        one["mean"] =
            base::in_seconds(lengths.sum) / static_cast<double>(lengths.count);
        for (std::size_t share = 0; share < kShareNames.size(); ++share) {
            one[kShareNames[share]] = base::in_seconds(lengths.at[share]);
        }
        rows.append(one);
    }
}

double unix_seconds(base::WallTime instant) {
    return std::chrono::duration<double>(instant.time_since_epoch()).count();
}

}  // namespace

void add_route_rows(py::dict& told, const metrics::RequestSnapshot& all) {
    py::list requests;
    py::list durations;
    py::list attempts;
    py::list retries;
    py::list percentiles;
    add_percentiles(percentiles, py::none(), all.totals.percentiles, all);
    for (const auto& route : all.routes) {
        add_requests(requests, route);
        durations.append(duration_of(route));
        attempts.append(attempts_of(route));
        add_retries(retries, route);
        add_percentiles(percentiles, py::str(route.route), route.percentiles, all);
    }
    told["requests"] = requests;
    told["durations"] = durations;
    told["attempts"] = attempts;
    told["retries"] = retries;
    told["percentiles"] = percentiles;
}

py::list history_rows(const std::vector<metrics::HistoryRow>& rows) {
    py::list all;
    for (const auto& row : rows) {
        py::dict one;
        one["begin"] = unix_seconds(row.begin);
        one["requests"] = row.counts.requests;
        one["errors"] = row.counts.errors;
        one["client_errors"] = row.counts.client_errors;
        one["avoided"] = row.counts.avoided;
        one["attempts"] = row.counts.attempts;
        one["received"] = row.counts.bytes_received;
        one["decoded"] = row.counts.bytes_decoded;
        one["mean"] = base::in_seconds(row.mean);
        one["p50"] = base::in_seconds(row.p50);
        one["p95"] = base::in_seconds(row.p95);
        one["p99"] = base::in_seconds(row.p99);
        all.append(one);
    }
    return all;
}

}  // namespace pyesi::bindings

#include "bindings/route_rows.h"

#include "metrics/route_series.h"

#include <array>
#include <cstddef>
#include <utility>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

constexpr std::array<const char*, metrics::kWindows> kWindowNames{
    "minute", "ten_minutes", "all"};
constexpr std::array<const char*, metrics::kShares.size()> kShareNames{
    "p50", "p90", "p95", "p99", "p99_9"};

py::list list_of(std::size_t size) {
    return py::list{static_cast<py::ssize_t>(size)};
}

/// The names and bounds that each row has, made once for all of them: with all routes
/// in use there are some ten thousand, and to make one takes longer than to use it.
struct Words {
    Words() {
        for (std::size_t index = 0; index < bounds.size(); ++index) {
            bounds[index] =
                py::float_{base::in_seconds(metrics::kDurationBounds[index])};
        }
        for (std::size_t index = 0; index < windows.size(); ++index) {
            windows[index] = py::str{kWindowNames[index]};
        }
        for (std::size_t index = 0; index < shares.size(); ++index) {
            shares[index] = py::str{kShareNames[index]};
        }
    }

    py::str route{"route"};
    py::str outcome{"outcome"};
    py::str count{"count"};
    py::str sum{"sum"};
    py::str buckets{"buckets"};
    py::str attempts{"attempts"};
    py::str retries{"retries"};
    py::str window{"window"};
    py::str seconds{"seconds"};
    py::str mean{"mean"};
    std::array<py::object, metrics::kDurationBounds.size()> bounds;
    std::array<py::object, metrics::kWindows> windows;
    std::array<py::object, metrics::kShares.size()> shares;
};

/// The rows of one route after the other.
///
/// Thread: any one at a time, with the GIL.
class RouteRows {
public:
    explicit RouteRows(const metrics::RequestSnapshot& all) : all_{all} {
        add_percentiles(py::none(), all.totals.percentiles);
        for (const auto& route : all.routes) add(route);
    }

    void move_to(py::dict& told) && {
        told["requests"] = std::move(requests_);
        told["durations"] = std::move(durations_);
        told["attempts"] = std::move(attempts_);
        told["retries"] = std::move(retries_);
        told["percentiles"] = std::move(percentiles_);
    }

private:
    void add(const metrics::RouteSnapshot& route) {
        const py::str name{route.route};
        add_requests(name, route);
        add_durations(name, route);
        add_attempts(name, route);
        add_retries(name, route);
        add_percentiles(name, route.percentiles);
    }

    void add_requests(const py::str& name, const metrics::RouteSnapshot& route) {
        for (const auto outcome : metrics::kOutcomes) {
            if (route.requests[outcome] == 0) continue;
            py::dict one;
            one[words_.route] = name;
            one[words_.outcome] = metrics::name_of(outcome);
            one[words_.count] = route.requests[outcome];
            requests_.append(one);
        }
    }

    void add_durations(const py::str& name, const metrics::RouteSnapshot& route) {
        const auto counts = route.duration.cumulative(metrics::kDurationBounds);
        auto buckets = list_of(counts.size());
        for (std::size_t index = 0; index < counts.size(); ++index) {
            buckets[index] = py::make_tuple(words_.bounds[index], counts[index]);
        }
        py::dict one;
        one[words_.route] = name;
        one[words_.count] = route.duration.count();
        one[words_.sum] = base::in_seconds(route.duration.sum());
        one[words_.buckets] = buckets;
        durations_.append(one);
    }

    void add_attempts(const py::str& name, const metrics::RouteSnapshot& route) {
        py::dict one;
        one[words_.route] = name;
        one[words_.attempts] = route.attempts;
        one[words_.retries] = route.retries;
        attempts_.append(one);
    }

    void add_retries(const py::str& name, const metrics::RouteSnapshot& route) {
        for (std::size_t index = 0; index < metrics::kRetryReasons; ++index) {
            const auto& counts = route.retries_by_reason[index];
            if (counts.attempts == 0) continue;
            py::dict one;
            one[words_.route] = name;
            one["reason"] = metrics::name_of(static_cast<metrics::RetryReason>(index));
            one[words_.count] = counts.attempts;
            one["well"] = counts.well;
            retries_.append(one);
        }
    }

    /// `name` is none for all routes together.
    void add_percentiles(const py::object& name,
                         const metrics::PercentilesByWindow& windows) {
        for (std::size_t window = 0; window < windows.size(); ++window) {
            const auto& lengths = windows[window];
            if (lengths.count == 0) continue;
            py::dict one;
            one[words_.route] = name;
            one[words_.window] = words_.windows[window];
            one[words_.seconds] = base::in_seconds(all_.covered[window]);
            one[words_.count] = lengths.count;
            one[words_.mean] =
                base::in_seconds(lengths.sum) / static_cast<double>(lengths.count);
            for (std::size_t share = 0; share < lengths.at.size(); ++share) {
                one[words_.shares[share]] = base::in_seconds(lengths.at[share]);
            }
            percentiles_.append(one);
        }
    }

    const metrics::RequestSnapshot& all_;
    Words words_;
    py::list requests_;
    py::list durations_;
    py::list attempts_;
    py::list retries_;
    py::list percentiles_;
};

double unix_seconds(base::WallTime instant) {
    return std::chrono::duration<double>(instant.time_since_epoch()).count();
}

}  // namespace

void add_route_rows(py::dict& told, const metrics::RequestSnapshot& all) {
    RouteRows{all}.move_to(told);
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

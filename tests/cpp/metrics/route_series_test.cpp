// What is counted by route in Prometheus's text format.

#include "metrics/route_series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace pyesi::metrics {
namespace {

using namespace std::chrono_literals;

RouteSnapshot status() {
    RouteSnapshot route;
    route.route = "GetStatus";
    return route;
}

std::string lines_of(const RouteSnapshot& route,
                     std::string_view family,
                     std::string_view client = "app") {
    const RequestSnapshot all{.routes = {route}, .totals = {}};
    const auto series = route_series(all, client);
    const auto found = std::ranges::find(series, family, &SeriesLines::family);
    return found == series.end() ? "there is no such family" : found->lines;
}

TEST(RouteSeries, EachOutcomeThatHappenedHasALine) {
    auto route = status();
    route.requests[Outcome::Network] = 3;
    route.requests[Outcome::Fresh] = 12;
    EXPECT_EQ(
        lines_of(route, "pyesi_requests_total"),
        R"(pyesi_requests_total{client="app",route="GetStatus",outcome="network"} 3
pyesi_requests_total{client="app",route="GetStatus",outcome="fresh"} 12
)");
}

TEST(RouteSeries, RetriesComeByReason) {
    auto route = status();
    route.retries_by_reason[static_cast<std::size_t>(RetryReason::TimedOut)].attempts =
        2;
    EXPECT_EQ(lines_of(route, "pyesi_retries_total"),
              "pyesi_retries_total{client=\"app\",route=\"GetStatus\",reason=\"timed_"
              "out\"} 2\n");
}

TEST(RouteSeries, AHistogramAscendsToItsCount) {
    Histogram lengths;
    lengths.record(3ms);
    lengths.record(700ms);
    lengths.record(1h);
    auto route = status();
    route.duration = lengths.snapshot();
    const auto lines = lines_of(route, "pyesi_request_duration_seconds");
    for (const auto* const line :
         {"_bucket{client=\"app\",route=\"GetStatus\",le=\"0.001\"} 0\n",
          "_bucket{client=\"app\",route=\"GetStatus\",le=\"0.005\"} 1\n",
          "_bucket{client=\"app\",route=\"GetStatus\",le=\"1.0\"} 2\n",
          "_bucket{client=\"app\",route=\"GetStatus\",le=\"30.0\"} 2\n",
          "_bucket{client=\"app\",route=\"GetStatus\",le=\"+Inf\"} 3\n",
          "_count{client=\"app\",route=\"GetStatus\"} 3\n",
          "_sum{client=\"app\",route=\"GetStatus\"} 3600.703\n"}) {
        EXPECT_NE(lines.find("pyesi_request_duration_seconds" + std::string{line}),
                  std::string::npos)
            << line << "in\n"
            << lines;
    }
    EXPECT_EQ(std::ranges::count(lines, '\n'),
              static_cast<std::ptrdiff_t>(kDurationBounds.size()) + 3);
}

TEST(RouteSeries, WhatDidNotHappenHasNoLine) {
    for (const auto* const family : {"pyesi_requests_total",
                                     "pyesi_retries_total",
                                     "pyesi_cache_negative_hits_total",
                                     "pyesi_cache_reloads_total"}) {
        EXPECT_EQ(lines_of(status(), family), "") << family;
    }
}

TEST(RouteSeries, ANameOfAClientIsEscaped) {
    EXPECT_EQ(lines_of(status(), "pyesi_attempts_total", "a\"b\\c\nd"),
              R"(pyesi_attempts_total{client="a\"b\\c\nd",route="GetStatus"} 0
)");
}

}  // namespace
}  // namespace pyesi::metrics

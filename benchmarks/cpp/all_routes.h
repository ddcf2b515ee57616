#pragma once

#include "metrics/request_metrics.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace pyesi::metrics {

/// As many as the catalog has.
inline constexpr std::size_t kRoutes = 233;
inline constexpr base::TimePoint kNow{std::chrono::seconds{1'000}};

inline std::vector<std::string> labels() {
    std::vector<std::string> all(kRoutes);
    for (std::size_t route = 0; route < kRoutes; ++route) {
        all[route] = "Operation" + std::to_string(route);
    }
    return all;
}

/// Counts a request that the network answered at its first attempt.
inline void count_one(RequestMetrics& metrics, RequestMetrics::RouteIndex route) {
    metrics.on_attempt(route, 1, {});
    metrics.on_request_end(route, Outcome::Network, std::chrono::milliseconds{3}, kNow);
}

inline void count_each_route(RequestMetrics& metrics) {
    for (std::size_t route = 0; route < kRoutes; ++route) count_one(metrics, route);
}

}  // namespace pyesi::metrics

#pragma once

#include "base/time.h"
#include "metrics/snapshot.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::metrics {

/// Upper bounds of the buckets of pyesi_request_duration_seconds.
inline constexpr std::array<base::Duration, 13> kDurationBounds{
    std::chrono::milliseconds{1},
    std::chrono::milliseconds{5},
    std::chrono::milliseconds{10},
    std::chrono::milliseconds{25},
    std::chrono::milliseconds{50},
    std::chrono::milliseconds{100},
    std::chrono::milliseconds{250},
    std::chrono::milliseconds{500},
    std::chrono::milliseconds{1'000},
    std::chrono::milliseconds{2'500},
    std::chrono::milliseconds{5'000},
    std::chrono::milliseconds{10'000},
    std::chrono::milliseconds{30'000}};

/// The samples of one family, each a line of Prometheus's text format.
struct SeriesLines {
    std::string_view family;  ///< as in pyesi.metrics
    std::string lines;
};

/// The families that have a series for each route: with all routes in use they are
/// thousands of lines, which is why the core writes them itself. The other families are
/// few lines, and pyesi.metrics writes them.
std::vector<SeriesLines> route_series(const RequestSnapshot& all,
                                      std::string_view client);

}  // namespace pyesi::metrics

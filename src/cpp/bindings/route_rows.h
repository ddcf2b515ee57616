#pragma once

#include "metrics/history.h"
#include "metrics/snapshot.h"

#include <pybind11/pybind11.h>

#include <vector>

namespace pyesi::bindings {

/// What was counted by route, as lists of plain dicts: `requests`, `durations`,
/// `attempts`, `retries` and `percentiles`. With the GIL.
void add_route_rows(pybind11::dict& told, const metrics::RequestSnapshot& all);

/// Periods of the past, each a plain dict. With the GIL.
pybind11::list history_rows(const std::vector<metrics::HistoryRow>& rows);

}  // namespace pyesi::bindings

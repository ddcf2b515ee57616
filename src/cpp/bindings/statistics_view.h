#pragma once

#include "bindings/engine_face.h"

#include <pybind11/pybind11.h>

#include <string>

namespace pyesi::bindings {

/// One snapshot as plain dicts and lists. Releases the GIL while the network thread is
/// asked.
pybind11::dict statistics_of(const EngineFace& face);

/// The same snapshot as a scrape wants it, in two parts: lines of Prometheus's text
/// format by family for what is counted by route (see metrics::route_series), and all
/// else as `statistics_of` has it, with no rows by route.
pybind11::tuple exposed_of(const EngineFace& face, const std::string& client);

/// The past: `minutes` and `ten_minutes`, as lists of plain dicts.
pybind11::dict history_of(const EngineFace& face);

/// The cache's part alone.
pybind11::dict cache_statistics_of(const EngineFace& face);

}  // namespace pyesi::bindings

#pragma once

#include "bindings/engine_face.h"

#include <pybind11/pybind11.h>

#include <string>

namespace pyesi::bindings {

/// One snapshot as plain dicts and lists; without routes, what is counted by route has
/// no rows. Releases the GIL while the network thread is asked.
pybind11::dict statistics_of(const EngineFace& face, bool with_routes);

/// Lines of Prometheus's text format by family: see metrics::route_series.
pybind11::dict route_series_of(const EngineFace& face, const std::string& client);

/// The past: `minutes` and `ten_minutes`, as lists of plain dicts.
pybind11::dict history_of(const EngineFace& face);

/// The cache's part alone.
pybind11::dict cache_statistics_of(const EngineFace& face);

}  // namespace pyesi::bindings

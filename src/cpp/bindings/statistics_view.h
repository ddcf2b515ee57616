#pragma once

#include "bindings/engine_face.h"

#include <pybind11/pybind11.h>

namespace pyesi::bindings {

/// One snapshot as plain dicts and lists. Releases the GIL while the network
/// thread is asked.
pybind11::dict statistics_of(const EngineFace& face);

/// The cache's part alone.
pybind11::dict cache_statistics_of(const EngineFace& face);

}  // namespace pyesi::bindings

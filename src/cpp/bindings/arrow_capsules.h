#pragma once

#include "columns/arrow_export.h"

#include <pybind11/pybind11.h>

#include <memory>
#include <vector>

namespace pyesi::bindings {

// Arrow's PyCapsule interface. Who takes a capsule moves out what it holds; what nobody
// took is released with it.

/// "arrow_schema": a table's columns as a struct.
pybind11::object schema_capsule(const columns::TablePlan& plan);

/// "arrow_array": the buffers are shared.
pybind11::object array_capsule(const columns::BatchSlice& slice);

/// "arrow_array_stream": the slices one after the other.
pybind11::object stream_capsule(std::shared_ptr<const columns::TablePlan> plan,
                                std::vector<columns::BatchSlice> slices);

}  // namespace pyesi::bindings

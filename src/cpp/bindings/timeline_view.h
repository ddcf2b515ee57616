#pragma once

#include "engine/answer.h"

#include <pybind11/pybind11.h>

namespace pyesi::bindings {

/// A pyesi.Timeline of that answer.
pybind11::object timeline_of(const engine::Answer& answer);

}  // namespace pyesi::bindings

#pragma once

#include "bindings/profile_face.h"

#include <pybind11/pybind11.h>

namespace pyesi::bindings {

/// What reads answers into batches: `read_batch` of the module, `submit_reading`,
/// `submit_table_sweep` and `stream_table_sweep` of a profile.
void bind_table_calls(pybind11::module_& core, pybind11::class_<ProfileFace>& profile);

}  // namespace pyesi::bindings

#pragma once

#include "bindings/profile_face.h"
#include "engine/warming_tally.h"

#include <pybind11/pybind11.h>

#include <memory>

namespace pyesi::bindings {

/// A warming that goes on, as Python looks at it.
///
/// Thread-safe.
struct WarmingFace {
    engine::Tag tag;
    std::shared_ptr<const engine::WarmingTally> tally;
};

/// A report by the names of its counts.
pybind11::dict report_of(const engine::WarmingReport& report);

void bind_warming(pybind11::module_& core, pybind11::class_<ProfileFace>& profile);

}  // namespace pyesi::bindings

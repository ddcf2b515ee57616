#pragma once

#include "base/clock.h"
#include "engine/call.h"

#include <pybind11/pybind11.h>

#include <chrono>
#include <memory>
#include <optional>

namespace pyesi::bindings {

/// Python's Options: what one request has beyond its route and parameters.
///
/// Constant after construction.
struct OptionsFace {
    engine::Options options;
    std::optional<base::Duration> deadline;  ///< from `made_at` on
    std::chrono::steady_clock::time_point made_at;
};

/// Whether the deadlines of a call count from now, or from its admission.
enum class AskedAs : std::uint8_t { One, ItemOfMany };

/// The options as the engine takes them. Null for a single request without any.
/// `face` may be null.
std::shared_ptr<const engine::Options> options_of(const OptionsFace* face,
                                                  const engine::Profile& profile,
                                                  const base::Clock& clock,
                                                  AskedAs asked_as);

void bind_options(pybind11::module_& core);

}  // namespace pyesi::bindings

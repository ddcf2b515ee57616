#pragma once

#include "bindings/engine_face.h"
#include "bindings/options_face.h"
#include "catalog/target_pattern.h"
#include "engine/profile.h"

#include <pybind11/pybind11.h>

#include <memory>

namespace pyesi::bindings {

class Bridge;

/// A client's constant part, as Python holds it.
///
/// Constant after construction.
struct ProfileFace {
    std::shared_ptr<EngineFace> engine;
    std::shared_ptr<const engine::Profile> profile;
};

/// What a call asks for, before its parameters are read.
struct CallParts {
    http::Method method = http::Method::Get;
    pybind11::handle route;
    pybind11::handle parameters;
    std::shared_ptr<const engine::Options> options;
};

/// Binds a call. Fails with InvalidRequest, before any socket.
/// REQUIRES: the GIL.
base::Result<engine::Call> make_call(const ProfileFace& face, CallParts parts);

/// What is asked for of a listing.
struct AskedPages {
    const pybind11::object& route;
    const pybind11::object& parameters;
    const OptionsFace* options;
};

/// Starts a sweep as the cache mode allows it; the tag is not expected yet.
/// Throws InvalidRequest. REQUIRES: the GIL.
engine::Tag begin_sweep(const ProfileFace& face,
                        const Bridge& bridge,
                        const AskedPages& asked,
                        engine::Engine::SweepSettings settings);

/// Which targets a route and some of its parameters mean.
/// Fails with InvalidRequest. REQUIRES: the GIL.
base::Result<catalog::TargetPattern> make_pattern(const ProfileFace& face,
                                                  pybind11::handle route,
                                                  pybind11::handle parameters);

/// "GET" and so on; throws InvalidRequest for another.
http::Method method_of(pybind11::handle method);

void bind_profile(pybind11::module_& core);

}  // namespace pyesi::bindings

#pragma once

#include "bindings/profile_face.h"

#include <pybind11/pybind11.h>

#include <cstddef>
#include <optional>
#include <string>

namespace pyesi::bindings {

/// What would become of a request now, as plain values. Releases the GIL while the
/// network thread is asked. Throws InvalidRequest.
pybind11::dict explain(const ProfileFace& face,
                       const pybind11::object& method,
                       const pybind11::object& route,
                       const pybind11::object& parameters,
                       const OptionsFace* options);

/// How many entries were written or taken in; None if the file cannot be used.
/// They release the GIL.
std::optional<std::size_t> save_cache(const EngineFace& face, const std::string& path);
std::optional<std::size_t> load_cache(const EngineFace& face, const std::string& path);

/// Forgets kept answers; how many there were. None in a place: any.
std::size_t invalidate(const ProfileFace& face,
                       const pybind11::object& route,
                       const pybind11::object& parameters,
                       const std::optional<std::string>& glob,
                       const std::optional<std::string>& identity);

}  // namespace pyesi::bindings

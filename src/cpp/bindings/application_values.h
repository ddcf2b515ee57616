#pragma once

#include "bindings/engine_face.h"

#include <pybind11/pybind11.h>

#include <optional>
#include <string>

namespace pyesi::bindings {

// The application's own values, which lie in the cache beside the answers. `kind`
// says what Python made of the bytes: 0 bytes, 1 str, 2 JSON. Without a cache
// nothing is kept and nothing is found.

/// (kind, bytes), or None. With `wait` a tier that takes time is asked too.
pybind11::object get_value(const EngineFace& face, const std::string& key, bool wait);

/// `expire` in seconds; without it as long as its use says, or five minutes.
void set_value(const EngineFace& face,
               const std::string& key,
               const pybind11::bytes& value,
               int kind,
               std::optional<double> expire);

bool delete_value(const EngineFace& face, const std::string& key);

/// Answers too.
void clear_cache(const EngineFace& face);

}  // namespace pyesi::bindings

#pragma once

#include "base/failure.h"

#include <pybind11/pybind11.h>

namespace pyesi::bindings {

/// An instance of the class in pyesi.errors that bears the kind's name.
/// REQUIRES: the GIL.
pybind11::object make_error(const base::Failure& failure);

/// Sets it as the current exception.
/// REQUIRES: the GIL.
void set_error(const base::Failure& failure);

/// Throws it through pybind11.
[[noreturn]] void raise_error(const base::Failure& failure);

}  // namespace pyesi::bindings

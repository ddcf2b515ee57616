#pragma once

#include <pybind11/pybind11.h>

namespace pyesi::bindings {

// The calls that each request makes go by Python's fast calling convention, since
// pybind11's dispatch would cost more than the work: they are built-in functions bound
// to their profile. Take them once and keep them.

/// try_fresh(route, parameters, identity=None, /) -> Response | None
pybind11::object fast_try_fresh(const pybind11::object& profile);

/// submit(bridge, future, method, route, parameters, options, /) -> int
pybind11::object fast_submit(const pybind11::object& profile);

/// needs_token(method, route, /) -> bool
pybind11::object fast_needs_token(const pybind11::object& profile);

}  // namespace pyesi::bindings

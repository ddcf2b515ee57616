#pragma once

#include "engine/answer.h"

#include <pybind11/pybind11.h>

namespace pyesi::bindings {

/// Adds the classes Response and Headers to the module.
void bind_response(pybind11::module_& core);

/// A new Python Response that owns `answer`; null with an exception set if there
/// is no memory. A raw type, since a fresh hit makes nothing else.
/// REQUIRES: the GIL.
PyObject* new_response(engine::Answer&& answer) noexcept;

/// Whether it is such a Response.
bool is_response(PyObject* object) noexcept;

/// REQUIRES: the GIL; `response` came from new_response.
const engine::Answer& answer_of(PyObject* response) noexcept;

/// The error for an answer that is a 4xx or 5xx.
pybind11::object status_error(PyObject* response);

}  // namespace pyesi::bindings

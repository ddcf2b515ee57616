#include "bindings/python_error.h"

namespace py = pybind11;

namespace pyesi::bindings {

py::object make_error(const base::Failure& failure) {
    const auto error_class =
        py::module_::import("pyesi.errors").attr(base::name_of(failure.kind));
    py::object route = py::none();
    py::object request_id = py::none();
    py::object retry_after = py::none();
    if (!failure.route.empty()) route = py::str(failure.route);
    if (!failure.request_id.empty()) request_id = py::str(failure.request_id);
    if (failure.retry_after)
        retry_after = py::float_(base::in_seconds(*failure.retry_after));
    return error_class(failure.message,
                       py::arg("route") = route,
                       py::arg("attempts") = failure.attempts,
                       py::arg("retry_after") = retry_after,
                       py::arg("request_id") = request_id);
}

void set_error(const base::Failure& failure) {
    const auto error = make_error(failure);
    PyErr_SetObject(py::type::handle_of(error).ptr(), error.ptr());
}

void raise_error(const base::Failure& failure) {
    set_error(failure);
    throw py::error_already_set();
}

}  // namespace pyesi::bindings

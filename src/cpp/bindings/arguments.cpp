#include "bindings/arguments.h"

#include <string_view>
#include <utility>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

base::Failure invalid(std::string message) {
    return base::make_failure(base::ErrorKind::InvalidRequest, std::move(message));
}

std::optional<std::string_view> text_of(PyObject* object) noexcept {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == nullptr) {
        PyErr_Clear();  // a lone surrogate
        return std::nullopt;
    }
    return std::string_view{text, static_cast<std::size_t>(size)};
}

std::optional<catalog::Scalar> integer_of(PyObject* object) noexcept {
    int overflow = 0;
    const auto value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0 || PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        return std::nullopt;
    }
    return std::int64_t{value};
}

// numpy's integers and the like: whatever says that it is one by __index__.
std::optional<catalog::Scalar> index_of(PyObject* object) {
    const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(object));
    if (!index) {
        PyErr_Clear();
        return std::nullopt;
    }
    return integer_of(index.ptr());
}

std::optional<catalog::Scalar> scalar_of(PyObject* object) {
    if (PyBool_Check(object)) return object == Py_True;
    if (PyLong_Check(object)) return integer_of(object);
    if (PyFloat_Check(object)) return PyFloat_AS_DOUBLE(object);
    if (PyUnicode_Check(object)) {
        const auto text = text_of(object);
        return text ? std::optional<catalog::Scalar>{*text} : std::nullopt;
    }
    if (PyIndex_Check(object) != 0) return index_of(object);
    return std::nullopt;
}

bool is_list(PyObject* object) noexcept {
    return PyList_Check(object) || PyTuple_Check(object);
}

std::optional<catalog::List> list_of(PyObject* object) {
    catalog::List items;
    const auto sequence = py::reinterpret_borrow<py::sequence>(object);
    for (const auto& item : sequence) {
        auto scalar = scalar_of(item.ptr());
        if (!scalar) return std::nullopt;
        items.push_back(*scalar);
    }
    return items;
}

catalog::Value value_of(const catalog::Scalar& scalar) {
    return std::visit([](auto value) { return catalog::Value{value}; }, scalar);
}

}  // namespace

std::optional<base::Failure> Arguments::read(PyObject* parameters) {
    if (parameters == nullptr || parameters == Py_None) return std::nullopt;
    if (!PyDict_Check(parameters)) return invalid("Parameters must be a dict.");
    const auto size = static_cast<std::size_t>(PyDict_GET_SIZE(parameters));
    if (size > few_.size()) many_.resize(size);

    PyObject* name = nullptr;
    PyObject* value = nullptr;
    Py_ssize_t place = 0;
    while (PyDict_Next(parameters, &place, &name, &value) != 0) {
        if (auto failure = add(name, value)) return failure;
    }
    return std::nullopt;
}

std::span<const catalog::Argument> Arguments::view() const noexcept {
    return {many_.empty() ? few_.data() : many_.data(), count_};
}

std::optional<base::Failure> Arguments::add(PyObject* name, PyObject* value) {
    const auto text = PyUnicode_Check(name) ? text_of(name) : std::nullopt;
    if (!text) return invalid("A parameter's name must be a string.");
    // None is how Python says "not given".
    if (value == Py_None) return std::nullopt;

    auto& argument = many_.empty() ? few_[count_] : many_[count_];
    argument.name = *text;
    if (auto scalar = scalar_of(value)) {
        argument.value = value_of(*scalar);
    } else if (auto items = is_list(value) ? list_of(value) : std::nullopt) {
        argument.value = std::move(*items);
    } else {
        return invalid("Parameter " + std::string{*text} +
                       " must be a number of at most 64 bits, a string, a boolean or "
                       "a list of those, not " +
                       Py_TYPE(value)->tp_name + ".");
    }
    ++count_;
    return std::nullopt;
}

}  // namespace pyesi::bindings

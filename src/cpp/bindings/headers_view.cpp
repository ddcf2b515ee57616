#include "bindings/headers_view.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

const http::Headers& fields_of(const HeadersView& view) {
    return view.entry->response.headers;
}

std::string lower(std::string_view name) {
    std::string text{name};
    std::ranges::transform(text, text.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return text;
}

/// Each name once, in lower case, in the order in which they came.
std::vector<std::string> names_of(const HeadersView& view) {
    std::vector<std::string> names;
    for (std::size_t index = 0; index < fields_of(view).size(); ++index) {
        auto name = lower(fields_of(view).at(index).name);
        if (std::ranges::find(names, name) == names.end()) {
            names.push_back(std::move(name));
        }
    }
    return names;
}

// A value is bytes on the wire; ISO-8859-1 turns each into one character and
// never fails.
py::object text_of(const HeadersView& view, std::string_view name) {
    const auto value = fields_of(view).joined(name);
    return py::reinterpret_steal<py::object>(PyUnicode_DecodeLatin1(
        value.data(), static_cast<Py_ssize_t>(value.size()), nullptr));
}

py::list items_of(const HeadersView& view) {
    py::list items;
    for (const auto& name : names_of(view)) {
        items.append(py::make_tuple(name, text_of(view, name)));
    }
    return items;
}

py::list values_of(const HeadersView& view) {
    py::list values;
    for (const auto& name : names_of(view)) values.append(text_of(view, name));
    return values;
}

bool has(const HeadersView& view, const py::handle& name) {
    return py::isinstance<py::str>(name) &&
           fields_of(view).find(name.cast<std::string_view>());
}

}  // namespace

void bind_headers_view(py::module_& core) {
    py::class_<HeadersView>(core, "Headers")
        .def("__getitem__",
             [](const HeadersView& view, const std::string& name) {
                 if (!fields_of(view).find(name)) throw py::key_error(name);
                 return text_of(view, name);
             })
        .def(
            "get",
            [](const HeadersView& view,
               const std::string& name,
               const py::object& instead) -> py::object {
                return fields_of(view).find(name) ? text_of(view, name) : instead;
            },
            py::arg("name"),
            py::arg("default") = py::none())
        .def("__contains__", has)
        .def("__iter__",
             [](const HeadersView& view) { return py::iter(py::cast(names_of(view))); })
        .def("__len__", [](const HeadersView& view) { return names_of(view).size(); })
        .def("keys", names_of)
        .def("values", values_of)
        .def("items", items_of)
        .def("__repr__", [](const HeadersView& view) {
            return py::str("Headers({})").format(items_of(view));
        });
}

}  // namespace pyesi::bindings

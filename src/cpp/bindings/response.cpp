#include "bindings/response.h"

#include "bindings/headers_view.h"
#include "bindings/python_error.h"
#include "bindings/response_state.h"
#include "bindings/timeline_view.h"
#include "bindings/without_gil.h"
#include "http/content_coding.h"
#include "http/status.h"

#include <atomic>
#include <new>
#include <utility>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

// Below this, giving the GIL up and taking it again costs more than decoding.
constexpr std::size_t kLargeBody = std::size_t{32} * 1024;

// Behind what response_state.h makes of it.
constexpr std::size_t kPickledTimeline = 7;

PyTypeObject* response_type = nullptr;

struct ResponseObject {
    PyObject_HEAD  // NOLINT: Python's macro
        ResponseState state;

    /// A pyesi.Timeline, made at the first asking; null before.
    std::atomic<PyObject*> timeline{nullptr};
};

ResponseObject& object_of(PyObject* self) noexcept {
    return *reinterpret_cast<ResponseObject*>(self);
}

ResponseState& state_of(PyObject* self) noexcept {
    return object_of(self).state;
}

const engine::Answer& answer(PyObject* self) noexcept {
    return state_of(self).answer;
}

/// Runs `make` and turns what it throws into the current Python exception. Not
/// noexcept, nor is who asks for a body: see without_gil.
template <class Make>
PyObject* guarded(Make&& make) {
    try {
        return py::object{std::forward<Make>(make)()}.release().ptr();
    } catch (py::error_already_set& error) {
        error.restore();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
}

py::str text_of(std::string_view text) {
    return py::str{text.data(), text.size()};
}

/// Takes the reference over, unless there is one already.
PyObject* keep_timeline(PyObject* self, py::object&& made) noexcept {
    auto& kept = object_of(self).timeline;
    PyObject* none = nullptr;
    if (kept.compare_exchange_strong(none, made.ptr())) return made.release().ptr();
    return none;
}

py::object utc(base::WallTime instant) {
    const auto datetime = py::module_::import("datetime");
    return datetime.attr("datetime")
        .attr("fromtimestamp")(
            std::chrono::duration<double>(instant.time_since_epoch()).count(),
            datetime.attr("timezone").attr("utc"));
}

/// The decoded body; decoded at the first asking.
base::Result<base::Bytes> content_of(PyObject* self) {
    auto& state = state_of(self);
    const bool large = answer(self).entry->response.body.decoded_size > kLargeBody;
    if (!large) return state.content();
    return without_gil([&] { return state.content(); });
}

base::Bytes content_or_raise(PyObject* self) {
    auto content = content_of(self);
    if (content) return *content;
    content.failure().route = answer(self).call.route->path;
    raise_error(content.failure());
}

PyObject* get_status(PyObject* self, void* /*closure*/) noexcept {
    return PyLong_FromLong(answer(self).status());
}

PyObject* get_headers(PyObject* self, void* /*closure*/) noexcept {
    return guarded([&] { return py::cast(HeadersView{answer(self).entry}); });
}

PyObject* get_content(PyObject* self, void* /*closure*/) {
    return PyMemoryView_FromObject(self);
}

PyObject* get_text(PyObject* self, void* /*closure*/) {
    return guarded([&] {
        const auto content = content_or_raise(self);
        return py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
            content.data(), static_cast<Py_ssize_t>(content.size()), "replace"));
    });
}

PyObject* get_source(PyObject* self, void* /*closure*/) noexcept {
    return guarded([&] {
        return py::module_::import("pyesi._types")
            .attr("Source")(name_of(answer(self).source));
    });
}

PyObject* get_not_modified(PyObject* self, void* /*closure*/) noexcept {
    return PyBool_FromLong(
        static_cast<long>(answer(self).source == engine::Source::Revalidated));
}

PyObject* get_age(PyObject* self, void* /*closure*/) noexcept {
    return PyFloat_FromDouble(base::in_seconds(answer(self).age));
}

PyObject* get_expires_at(PyObject* self, void* /*closure*/) noexcept {
    const auto expires_at = answer(self).entry->times.expires_at;
    if (expires_at == base::WallTime{}) Py_RETURN_NONE;
    return guarded([&] { return utc(expires_at); });
}

PyObject* get_last_modified(PyObject* self, void* /*closure*/) noexcept {
    const auto& last_modified = answer(self).entry->last_modified;
    if (!last_modified) Py_RETURN_NONE;
    return guarded([&] { return utc(*last_modified); });
}

PyObject* get_etag(PyObject* self, void* /*closure*/) noexcept {
    const auto& etag = answer(self).entry->etag;
    if (!etag) Py_RETURN_NONE;
    return guarded([&] { return text_of(etag->text); });
}

PyObject* get_attempts(PyObject* self, void* /*closure*/) noexcept {
    return PyLong_FromLong(answer(self).attempts);
}

PyObject* get_elapsed(PyObject* self, void* /*closure*/) noexcept {
    return PyFloat_FromDouble(base::in_seconds(answer(self).elapsed));
}

py::object timeline(PyObject* self) {
    auto* kept = object_of(self).timeline.load();
    if (kept == nullptr) kept = keep_timeline(self, timeline_of(answer(self)));
    return py::reinterpret_borrow<py::object>(kept);
}

PyObject* get_timeline(PyObject* self, void* /*closure*/) noexcept {
    return guarded([&] { return timeline(self); });
}

PyObject* get_route(PyObject* self, void* /*closure*/) noexcept {
    return guarded([&] { return text_of(answer(self).call.route->path); });
}

PyObject* get_operation_id(PyObject* self, void* /*closure*/) noexcept {
    return guarded([&] { return text_of(answer(self).call.route->operation_id); });
}

PyObject* get_method(PyObject* self, void* /*closure*/) noexcept {
    return guarded([&] { return text_of(http::name_of(answer(self).call.method)); });
}

PyObject* get_url(PyObject* self, void* /*closure*/) noexcept {
    return guarded([&] {
        const auto& call = answer(self).call;
        return text_of(call.profile->url_of(call.target));
    });
}

PyObject* get_pages(PyObject* self, void* /*closure*/) noexcept {
    const auto& pages = answer(self).entry->x_pages;
    if (!pages) Py_RETURN_NONE;
    return PyLong_FromLong(*pages);
}

PyObject* get_is_success(PyObject* self, void* /*closure*/) noexcept {
    return PyBool_FromLong(static_cast<long>(http::is_success(answer(self).status())));
}

PyObject* json(PyObject* self, PyObject* args, PyObject* keywords) {
    static const char* const names[] = {"type", nullptr};
    PyObject* type = nullptr;
    if (PyArg_ParseTupleAndKeywords(
            args, keywords, "|O", const_cast<char**>(names), &type) == 0) {
        return nullptr;
    }
    return guarded([&] {
        const auto decode = py::module_::import("pyesi._types").attr("decode_json");
        return type == nullptr ? decode(py::handle{self})
                               : decode(py::handle{self}, py::handle{type});
    });
}

PyObject* repr_html(PyObject* self, PyObject* /*unused*/) {
    return guarded([&] {
        return py::module_::import("pyesi.notebook")
            .attr("response_html")(py::handle{self});
    });
}

/// Its rows, as the catalog describes them.
py::object batches_of(PyObject* self) {
    return py::module_::import("pyesi.columns").attr("_of_response")(py::handle{self});
}

PyObject* arrow_schema(PyObject* self, PyObject* /*unused*/) {
    return guarded([&] { return batches_of(self).attr("__arrow_c_schema__")(); });
}

PyObject* arrow_stream(PyObject* self, PyObject* args, PyObject* keywords) {
    static const char* const names[] = {"requested_schema", nullptr};
    PyObject* requested = Py_None;
    if (PyArg_ParseTupleAndKeywords(
            args, keywords, "|O", const_cast<char**>(names), &requested) == 0) {
        return nullptr;
    }
    return guarded([&] {
        return batches_of(self).attr("__arrow_c_stream__")(py::handle{requested});
    });
}

PyObject* raise_for_status(PyObject* self, PyObject* /*unused*/) noexcept {
    if (!http::is_error(answer(self).status())) return Py_NewRef(self);
    return guarded([&]() -> py::object {
        const auto error = status_error(self);
        PyErr_SetObject(py::type::handle_of(error).ptr(), error.ptr());
        throw py::error_already_set();
    });
}

PyObject* reduce(PyObject* self, PyObject* /*unused*/) {
    return guarded([&] {
        const auto content = content_or_raise(self);
        return py::make_tuple(
            py::module_::import("pyesi._core").attr("restore_response"),
            picklable(answer(self), content) + py::make_tuple(timeline(self)));
    });
}

PyObject* repr(PyObject* self) noexcept {
    return guarded([&] {
        const auto& shown = answer(self);
        return py::str("<Response [{}] {} {} {}>")
            .format(shown.status(),
                    text_of(http::name_of(shown.call.method)),
                    text_of(shown.call.route->path),
                    name_of(shown.source));
    });
}

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
    auto* const made = guarded([&]() -> py::object {
        const auto content = content_or_raise(self);
        const auto filled = PyBuffer_FillInfo(view,
                                              self,
                                              const_cast<char*>(content.data()),
                                              static_cast<Py_ssize_t>(content.size()),
                                              1,
                                              flags);
        if (filled != 0) throw py::error_already_set();
        return py::none();
    });
    if (made == nullptr) {
        view->obj = nullptr;
        return -1;
    }
    Py_DECREF(made);
    return 0;
}

void dealloc(PyObject* self) noexcept {
    auto* type = Py_TYPE(self);
    Py_XDECREF(object_of(self).timeline.load());
    state_of(self).~ResponseState();
    type->tp_free(self);
    Py_DECREF(type);
}

PyGetSetDef properties[] = {
    {"status", get_status, nullptr, "The status code.", nullptr},
    {"status_code",
     get_status,
     nullptr,
     "The status code, as httpx names it.",
     nullptr},
    {"headers", get_headers, nullptr, "Response headers, without case.", nullptr},
    {"content", get_content, nullptr, "The decoded body, not copied.", nullptr},
    {"text", get_text, nullptr, "The decoded body as text.", nullptr},
    {"source", get_source, nullptr, "Where it came from: a pyesi.Source.", nullptr},
    {"not_modified", get_not_modified, nullptr, "ESI answered 304.", nullptr},
    {"age", get_age, nullptr, "Seconds since ESI made it.", nullptr},
    {"expires_at", get_expires_at, nullptr, "When it stops being fresh, UTC.", nullptr},
    {"last_modified", get_last_modified, nullptr, "When ESI made it, UTC.", nullptr},
    {"etag", get_etag, nullptr, "The entity tag, verbatim.", nullptr},
    {"attempts",
     get_attempts,
     nullptr,
     "How often it was sent; 0 from cache.",
     nullptr},
    {"elapsed", get_elapsed, nullptr, "Seconds from asking to the answer.", nullptr},
    {"timeline", get_timeline, nullptr, "What its time went to.", nullptr},
    {"route", get_route, nullptr, "The path template.", nullptr},
    {"operation_id", get_operation_id, nullptr, "ESI's operation id.", nullptr},
    {"method", get_method, nullptr, "The method.", nullptr},
    {"url", get_url, nullptr, "The URL as it was sent.", nullptr},
    {"pages", get_pages, nullptr, "X-Pages, where there is one.", nullptr},
    {"is_success", get_is_success, nullptr, "The status is 2xx.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMethodDef methods[] = {
    {"json",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(json)),
     METH_VARARGS | METH_KEYWORDS,
     "json($self, type=None)\n--\n\nThe body as Python objects, or as `type`."},
    {"raise_for_status",
     raise_for_status,
     METH_NOARGS,
     "raise_for_status($self)\n--\n\nItself, or StatusError for 4xx and 5xx."},
    {"_repr_html_", repr_html, METH_NOARGS, "As a notebook shows it."},
    {"__arrow_c_schema__", arrow_schema, METH_NOARGS, "The columns of its rows."},
    {"__arrow_c_stream__",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(arrow_stream)),
     METH_VARARGS | METH_KEYWORDS,
     "Its rows, in the columns that the catalog describes."},
    {"__reduce__", reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
    {Py_tp_repr, reinterpret_cast<void*>(repr)},
    {Py_tp_getset, properties},
    {Py_tp_methods, methods},
    {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
    {Py_tp_doc, const_cast<char*>("A whole answer. Its body is shared, not copied.")},
    {0, nullptr},
};

PyType_Spec spec = {
    "pyesi.Response",
    sizeof(ResponseObject),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    slots};

}  // namespace

void bind_response(py::module_& core) {
    auto* type = PyType_FromSpec(&spec);
    if (type == nullptr) throw py::error_already_set();
    response_type = reinterpret_cast<PyTypeObject*>(type);
    core.attr("Response") = py::reinterpret_borrow<py::object>(type);
    bind_headers_view(core);
    core.def("restore_response", [](const py::args& state) {
        auto restored =
            py::reinterpret_steal<py::object>(new_response(from_picklable(state)));
        keep_timeline(restored.ptr(), state[kPickledTimeline]);
        return restored;
    });
}

PyObject* new_response(engine::Answer&& answer) noexcept {
    auto* self = response_type->tp_alloc(response_type, 0);
    if (self == nullptr) return nullptr;
    new (&state_of(self)) ResponseState{std::move(answer)};
    new (&object_of(self).timeline) std::atomic<PyObject*>{nullptr};
    return self;
}

bool is_response(PyObject* object) noexcept {
    return Py_IS_TYPE(object, response_type) != 0;
}

const engine::Answer& answer_of(PyObject* response) noexcept {
    return answer(response);
}

py::object status_error(PyObject* response) {
    return py::module_::import("pyesi.errors")
        .attr("status_error")(py::handle{response});
}

}  // namespace pyesi::bindings

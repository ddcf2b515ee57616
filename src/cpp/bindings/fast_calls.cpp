#include "bindings/fast_calls.h"

#include "bindings/arguments.h"
#include "bindings/bridge.h"
#include "bindings/profile_face.h"
#include "bindings/python_error.h"
#include "bindings/response.h"
#include "cache/cache_key.h"
#include "cache/reuse.h"
#include "catalog/binding.h"

#include <string>
#include <utility>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

// A loop that finds everything in the cache would never let the event loop turn:
// each 128th hit in a row goes the long way, which suspends.
constexpr unsigned kHitsInARow = 128;

constexpr const char* kCapsuleName = "pyesi.Profile";

ProfileFace& face_of(PyObject* capsule) noexcept {
    return *static_cast<ProfileFace*>(PyCapsule_GetPointer(capsule, kCapsuleName));
}

/// Runs `work` and turns what it throws into the current Python exception.
template <class Work>
PyObject* guarded(Work&& work) noexcept {
    try {
        return std::forward<Work>(work)();
    } catch (py::error_already_set& error) {
        error.restore();
    } catch (const py::builtin_exception& error) {
        error.set_error();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return nullptr;
}

std::optional<std::string_view> text_of(PyObject* object) noexcept {
    if (!PyUnicode_Check(object)) return std::nullopt;
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(object, &size);
    if (text == nullptr) {
        PyErr_Clear();
        return std::nullopt;
    }
    return std::string_view{text, static_cast<std::size_t>(size)};
}

/// Texts that are made anew for each look-up, in memory that stays.
struct Scratch {
    std::string target;
    std::string key;
    unsigned hits_in_a_row = 0;
};

Scratch& scratch() {
    thread_local Scratch texts;
    return texts;
}

/// False if the call is not one that the cache could answer as it stands: what is
/// wrong with it, the long way tells.
bool bind_plainly(const catalog::Route& route, PyObject* parameters, Scratch& texts) {
    Arguments arguments;
    if (arguments.read(parameters)) return false;
    if (catalog::bind_target(route, arguments.view(), texts.target)) return false;
    if (route.pagination != catalog::Pagination::Pages) return true;
    // Page 1 by its one spelling, as in make_call.
    const auto& page = route.page_parameter;
    for (const auto& argument : arguments.view()) {
        if (argument.name == page) return true;
    }
    texts.target = catalog::with_query_parameter(texts.target, page, "1");
    return true;
}

std::string_view variant_of(const engine::Profile& profile,
                            PyObject* identity,
                            std::string& own) {
    const auto text = text_of(identity);
    if (!text || text->empty()) return profile.public_variant();
    own = profile.variant_of(*text);
    return own;
}

PyObject* try_fresh_or_throw(ProfileFace& face,
                             PyObject* const* args,
                             Py_ssize_t count) {
    if (face.engine->is_closed()) Py_RETURN_NONE;
    auto& engine = face.engine->engine();
    if (!engine.store()) Py_RETURN_NONE;
    const auto& profile = *face.profile;
    const auto name = text_of(args[0]);
    if (!name) Py_RETURN_NONE;
    const auto* route = profile.routes()->find(http::Method::Get, *name);
    if (route == nullptr) Py_RETURN_NONE;
    auto* identity = count > 2 ? args[2] : Py_None;
    // An answer to one identity is nobody else's.
    if (route->secured && identity == Py_None) Py_RETURN_NONE;

    auto& texts = scratch();
    if (!bind_plainly(*route, args[1], texts)) Py_RETURN_NONE;
    std::string own_variant;
    texts.key.clear();
    cache::append_key(texts.key,
                      {.method = http::Method::Get,
                       .variant = variant_of(profile, identity, own_variant),
                       .target = texts.target});
    if (texts.hits_in_a_row + 1 == kHitsInARow) {
        texts.hits_in_a_row = 0;
        Py_RETURN_NONE;
    }
    auto entry = engine.try_fresh(cache::view_of(texts.key), route->index);
    if (!entry) {
        texts.hits_in_a_row = 0;
        Py_RETURN_NONE;
    }
    ++texts.hits_in_a_row;
    const auto age = cache::current_age(entry->times, engine.clock().now());
    return new_response({.call = {.profile = face.profile,
                                  .route = {profile.routes(), route},
                                  .options = nullptr,
                                  .target = texts.target,
                                  .method = http::Method::Get},
                         .entry = std::move(entry),
                         .decoded = {},
                         .source = engine::Source::Fresh,
                         .attempts = 0,
                         .elapsed = {},
                         .age = age});
}

PyObject* try_fresh(PyObject* self, PyObject* const* args, Py_ssize_t count) noexcept {
    if (count < 2 || count > 3) {
        PyErr_SetString(PyExc_TypeError, "try_fresh takes 2 or 3 arguments");
        return nullptr;
    }
    return guarded([&] { return try_fresh_or_throw(face_of(self), args, count); });
}

PyObject* submit_or_throw(ProfileFace& face, PyObject* const* args) {
    auto& bridge = py::handle{args[0]}.cast<Bridge&>();
    const auto* options =
        args[5] == Py_None ? nullptr : py::handle{args[5]}.cast<const OptionsFace*>();
    auto& engine = face.engine->engine();
    auto call = make_call(
        face,
        {.method = method_of(args[2]),
         .route = args[3],
         .parameters = args[4],
         .options = options_of(options, *face.profile, engine.clock(), AskedAs::One)});
    if (!call) raise_error(call.failure());
    const auto tag = engine.submit(std::move(call).value(), bridge.queue());
    bridge.expect(tag, py::reinterpret_borrow<py::object>(args[1]), py::none());
    return PyLong_FromUnsignedLongLong(tag);
}

PyObject* submit(PyObject* self, PyObject* const* args, Py_ssize_t count) noexcept {
    if (count != 6) {
        PyErr_SetString(PyExc_TypeError, "submit takes 6 arguments");
        return nullptr;
    }
    return guarded([&] { return submit_or_throw(face_of(self), args); });
}

PyObject* needs_token(PyObject* self,
                      PyObject* const* args,
                      Py_ssize_t count) noexcept {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "needs_token takes 2 arguments");
        return nullptr;
    }
    return guarded([&] {
        const auto name = text_of(args[1]);
        if (!name) Py_RETURN_FALSE;
        const auto& routes = *face_of(self).profile->routes();
        const auto* route = routes.find(method_of(args[0]), *name);
        return PyBool_FromLong(static_cast<long>(route != nullptr && route->secured));
    });
}

PyMethodDef try_fresh_method = {
    "try_fresh",
    reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(try_fresh)),
    METH_FASTCALL,
    "A fresh entry for GET, without any wait; None where there is none."};

PyMethodDef submit_method = {
    "submit",
    reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(submit)),
    METH_FASTCALL,
    "Sends; the future gets a Response or an ESIError."};

PyMethodDef needs_token_method = {
    "needs_token",
    reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(needs_token)),
    METH_FASTCALL,
    "Whether the catalog secures the route."};

// Bound to a capsule, not to the profile itself: a pointer out of a capsule costs
// 5 ns, out of a pybind11 object 80. The capsule holds the profile.
py::object bound(const py::object& profile, PyMethodDef& method) {
    auto* face = profile.cast<ProfileFace*>();
    auto capsule = py::reinterpret_steal<py::object>(
        PyCapsule_New(face, kCapsuleName, [](PyObject* dying) {
            Py_DECREF(static_cast<PyObject*>(PyCapsule_GetContext(dying)));
        }));
    if (!capsule) throw py::error_already_set();
    PyCapsule_SetContext(capsule.ptr(), profile.inc_ref().ptr());
    auto function =
        py::reinterpret_steal<py::object>(PyCFunction_New(&method, capsule.ptr()));
    if (!function) throw py::error_already_set();
    return function;
}

}  // namespace

py::object fast_try_fresh(const py::object& profile) {
    return bound(profile, try_fresh_method);
}

py::object fast_submit(const py::object& profile) {
    return bound(profile, submit_method);
}

py::object fast_needs_token(const py::object& profile) {
    return bound(profile, needs_token_method);
}

}  // namespace pyesi::bindings

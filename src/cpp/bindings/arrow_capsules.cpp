#include "bindings/arrow_capsules.h"

#include <memory>
#include <utility>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

template <class T>
constexpr const char* kNameOf = nullptr;
template <>
constexpr const char* kNameOf<ArrowSchema> = "arrow_schema";
template <>
constexpr const char* kNameOf<ArrowArray> = "arrow_array";
template <>
constexpr const char* kNameOf<ArrowArrayStream> = "arrow_array_stream";

template <class T>
void free_held(PyObject* capsule) noexcept {
    const std::unique_ptr<T> held{
        static_cast<T*>(PyCapsule_GetPointer(capsule, kNameOf<T>))};
    if (held && held->release != nullptr) held->release(held.get());
}

template <class T>
py::object capsule_of(std::unique_ptr<T> held) {
    auto* const made = PyCapsule_New(held.get(), kNameOf<T>, &free_held<T>);
    if (made == nullptr) {
        held->release(held.get());
        throw py::error_already_set();
    }
    [[maybe_unused]] auto* const capsules_own = held.release();
    return py::reinterpret_steal<py::object>(made);
}

}  // namespace

py::object schema_capsule(const columns::TablePlan& plan) {
    auto schema = std::make_unique<ArrowSchema>();
    columns::export_schema(plan, schema.get());
    return capsule_of(std::move(schema));
}

py::object array_capsule(const columns::BatchSlice& slice) {
    auto array = std::make_unique<ArrowArray>();
    columns::export_batch(slice, array.get());
    return capsule_of(std::move(array));
}

py::object stream_capsule(std::shared_ptr<const columns::TablePlan> plan,
                          std::vector<columns::BatchSlice> slices) {
    auto stream = std::make_unique<ArrowArrayStream>();
    columns::export_stream(std::move(plan), std::move(slices), stream.get());
    return capsule_of(std::move(stream));
}

}  // namespace pyesi::bindings

#include "bindings/table_face.h"

#include "bindings/arrow_capsules.h"
#include "bindings/table_cells.h"
#include "bindings/table_plan_face.h"
#include "bindings/without_gil.h"
#include "columns/row_filter.h"
#include "engine/table_reading.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

using Slices = std::vector<columns::BatchSlice>;

columns::BatchSlice whole(columns::RecordBatchPtr batch) {
    const auto rows = batch->rows;
    return {.batch = std::move(batch), .offset = 0, .length = rows};
}

/// The rows from `start` to before `stop`, as far as there are any.
Slices part_of(const BatchesFace& face, std::int64_t start, std::int64_t stop) {
    Slices part;
    std::int64_t before = 0;
    for (const auto& slice : face.slices) {
        const auto first = std::clamp(start - before, std::int64_t{0}, slice.length);
        const auto last = std::clamp(stop - before, first, slice.length);
        if (last > first) {
            part.push_back({slice.batch, slice.offset + first, last - first});
        }
        before += slice.length;
    }
    return part;
}

/// The batches that the slices are of, each once.
std::set<columns::RecordBatchPtr> batches_of(const Slices& slices) {
    std::set<columns::RecordBatchPtr> batches;
    for (const auto& slice : slices) batches.insert(slice.batch);
    return batches;
}

std::size_t bytes_of(const Slices& slices) {
    std::size_t bytes = 0;
    for (const auto& batch : batches_of(slices)) bytes += batch->bytes;
    return bytes;
}

py::dict counts_of(const Slices& slices) {
    columns::ReadingCounts counts;
    for (const auto& batch : batches_of(slices)) counts.add(batch->counts);
    py::dict told;
    told["bytes"] = counts.bytes;
    told["misfits"] = counts.misfits;
    told["unknown_fields"] = std::vector<std::string>(counts.unknown_fields.begin(),
                                                      counts.unknown_fields.end());
    return told;
}

/// Adds what has come into the type's dictionaries, by their dotted paths.
void tell_unknown(const columns::ColumnType& type,
                  const std::string& path,
                  py::dict& told) {
    for (const auto& child : type.children) {
        tell_unknown(child, path + "." + child.name, told);
    }
    if (!type.dictionary) return;
    const auto values = type.dictionary->values();
    const auto known = static_cast<std::ptrdiff_t>(type.dictionary->known());
    const std::vector<std::string> unknown(values.begin() + known, values.end());
    if (!unknown.empty()) told[py::str(path)] = unknown;
}

py::dict counts_of(const BatchesFace& face) {
    auto told = counts_of(face.slices);
    py::dict unknown;
    for (const auto* type : face.plan->shown()) {
        tell_unknown(*type, type->name, unknown);
    }
    told["unknown_values"] = unknown;
    return told;
}

BatchesFace make_batches(const TablePlanFace& plan,
                         const py::sequence& batches,
                         std::uint64_t repeats) {
    BatchesFace face{.plan = plan.plan, .slices = {}, .repeats = repeats};
    for (const auto& item : batches) {
        const auto& slice = item.cast<const BatchFace&>().slice;
        if (slice.batch->plan != plan.plan) {
            throw py::value_error("a batch is of another plan");
        }
        face.slices.push_back(slice);
    }
    return face;
}

/// As a batch of its own where it is not all of one.
columns::RecordBatchPtr batch_of(const columns::BatchSlice& slice) {
    if (slice.length == slice.batch->rows) return slice.batch;
    std::vector<std::int64_t> rows(static_cast<std::size_t>(slice.length));
    std::iota(rows.begin(), rows.end(), slice.offset);
    return columns::take_rows(slice.batch, rows);
}

BatchesFace without_repeats(const BatchesFace& face) {
    auto sifted = without_gil([&] {
        engine::Sifting sifting;
        for (const auto& slice : face.slices)
            sifting.batches.push_back(batch_of(slice));
        return sifting();
    });
    BatchesFace made{.plan = face.plan, .slices = {}, .repeats = face.repeats};
    for (auto& batch : sifted.batches) made.slices.push_back(whole(std::move(batch)));
    made.repeats += sifted.repeats;
    return made;
}

py::list columns_of(const BatchesFace& face) {
    py::list told;
    for (const auto* type : face.plan->shown()) {
        told.append(py::make_tuple(type->name,
                                   columns::text_of(*type),
                                   type->nullable || face.plan->misfits_to_null));
    }
    return told;
}

py::list column_of(const BatchesFace& face, const std::string& name) {
    const auto shown = face.plan->shown();
    const auto found = std::ranges::find_if(
        shown, [&](const auto* type) { return type->name == name; });
    if (found == shown.end()) throw py::key_error(name);
    TableCells cells;
    return cells.column(face.slices, static_cast<std::size_t>(found - shown.begin()));
}

py::list rows_of(const BatchesFace& face, std::int64_t start, std::int64_t stop) {
    TableCells cells;
    return cells.rows(part_of(face, start, stop));
}

py::list batch_objects(const BatchesFace& face) {
    py::list made;
    for (const auto& slice : face.slices) made.append(BatchFace{slice});
    return made;
}

// What is asked for of a schema is a wish: Arrow allows to give what there is.

py::object stream_of(const BatchesFace& face, const py::object& /*requested*/) {
    return stream_capsule(face.plan, face.slices);
}

py::object stream_of_batch(const BatchFace& face, const py::object& /*requested*/) {
    return stream_capsule(face.slice.batch->plan, {face.slice});
}

py::tuple array_of(const BatchFace& face, const py::object& /*requested*/) {
    return py::make_tuple(schema_capsule(*face.slice.batch->plan),
                          array_capsule(face.slice));
}

void bind_batch(py::module_& core) {
    const auto requested = py::arg("requested_schema") = py::none();
    py::class_<BatchFace>(core, "Batch")
        .def("__len__", [](const BatchFace& face) { return face.slice.length; })
        .def_property_readonly(
            "nbytes", [](const BatchFace& face) { return face.slice.batch->bytes; })
        .def_property_readonly(
            "counts", [](const BatchFace& face) { return counts_of({face.slice}); })
        .def("__arrow_c_schema__",
             [](const BatchFace& face) {
                 return schema_capsule(*face.slice.batch->plan);
             })
        .def("__arrow_c_array__", &array_of, requested)
        .def("__arrow_c_stream__", &stream_of_batch, requested);
}

void bind_batches(py::module_& core) {
    py::class_<BatchesFace>(core, "Batches")
        .def(py::init(&make_batches),
             py::arg("plan"),
             py::arg("batches"),
             py::arg("repeats") = 0)
        .def("without_repeats", &without_repeats)
        .def_readonly("repeats", &BatchesFace::repeats)
        .def("__len__", &BatchesFace::rows)
        .def_property_readonly(
            "nbytes", [](const BatchesFace& face) { return bytes_of(face.slices); })
        .def_property_readonly("counts",
                               [](const BatchesFace& face) { return counts_of(face); })
        .def_property_readonly("columns", &columns_of)
        .def_property_readonly("batches", &batch_objects)
        .def(
            "slice",
            [](const BatchesFace& face, std::int64_t start, std::int64_t stop) {
                return BatchesFace{.plan = face.plan,
                                   .slices = part_of(face, start, stop),
                                   .repeats = face.repeats};
            },
            py::arg("start"),
            py::arg("stop"))
        .def("rows", &rows_of, py::arg("start"), py::arg("stop"))
        .def("column", &column_of, py::arg("name"))
        .def("__arrow_c_schema__",
             [](const BatchesFace& face) { return schema_capsule(*face.plan); })
        .def(
            "__arrow_c_stream__", &stream_of, py::arg("requested_schema") = py::none());
}

}  // namespace

std::int64_t BatchesFace::rows() const noexcept {
    std::int64_t rows = 0;
    for (const auto& slice : slices) rows += slice.length;
    return rows;
}

py::object batch_object(columns::RecordBatchPtr batch) {
    return py::cast(BatchFace{whole(std::move(batch))});
}

py::object batches_object(std::shared_ptr<const columns::TablePlan> plan,
                          const std::vector<columns::RecordBatchPtr>& batches,
                          std::uint64_t repeats) {
    BatchesFace face{.plan = std::move(plan), .slices = {}, .repeats = repeats};
    for (const auto& batch : batches) face.slices.push_back(whole(batch));
    return py::cast(std::move(face));
}

void bind_table(py::module_& core) {
    bind_table_plan(core);
    bind_batch(core);
    bind_batches(core);
}

}  // namespace pyesi::bindings

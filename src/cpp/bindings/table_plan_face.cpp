#include "bindings/table_plan_face.h"

#include "bindings/arrow_capsules.h"

#include <cstdint>
#include <string>
#include <utility>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

using columns::Kind;

columns::ColumnType type_of(py::handle spec);

std::vector<columns::ColumnType> types_of(py::handle specs) {
    std::vector<columns::ColumnType> types;
    for (const auto spec : specs) types.push_back(type_of(spec));
    return types;
}

/// What a keyed column is a list of.
columns::ColumnType pair_type(columns::ColumnType value) {
    columns::ColumnType pair{.name = "item", .kind = Kind::Struct, .nullable = false};
    pair.children.push_back({.name = "key", .kind = Kind::String, .nullable = false});
    pair.children.push_back(std::move(value));
    return pair;
}

/// name, kind, nullable, and what the kind needs beside.
columns::ColumnType type_of(py::handle spec) {
    const auto parts = spec.cast<py::tuple>();
    if (parts.size() != 4) throw py::value_error("a column's spec has four parts");
    columns::ColumnType type{.name = parts[0].cast<std::string>(),
                             .kind = columns::parse_kind(parts[1].cast<std::string>()),
                             .nullable = parts[2].cast<bool>()};
    const py::object detail = parts[3];
    switch (type.kind) {
        case Kind::Dictionary:
            type.dictionary = std::make_shared<columns::Dictionary>(
                detail.cast<std::vector<std::string>>());
            break;
        case Kind::Struct: type.children = types_of(detail); break;
        case Kind::List: type.children.push_back(type_of(detail)); break;
        case Kind::Keyed: type.children.push_back(pair_type(type_of(detail))); break;
        case Kind::Int64:
        case Kind::Double:
        case Kind::Bool:
        case Kind::String:
        case Kind::Timestamp:
        case Kind::Date:
        case Kind::Json:
        case Kind::Skipped: break;
    }
    return type;
}

columns::GivenFrom parse_given_from(const std::string& name) {
    if (name == "caller") return columns::GivenFrom::Caller;
    if (name == "page") return columns::GivenFrom::Page;
    if (name == "last_modified") return columns::GivenFrom::LastModified;
    throw py::value_error("a column cannot be given by " + name);
}

std::vector<columns::GivenColumn> given_columns(py::handle specs) {
    std::vector<columns::GivenColumn> given;
    for (const auto spec : specs) {
        const auto parts = spec.cast<py::tuple>();
        given.push_back({.type = type_of(parts[0]),
                         .from = parse_given_from(parts[1].cast<std::string>())});
    }
    return given;
}

template <class T>
void read(const py::kwargs& given, const char* name, T& into) {
    if (given.contains(name)) into = given[name].cast<T>();
}

std::shared_ptr<columns::TablePlan> read_plan(const py::kwargs& given) {
    auto plan = std::make_shared<columns::TablePlan>();
    plan->route = given["route"].cast<std::string>();
    plan->columns = types_of(given["columns"]);
    if (given.contains("given")) plan->given = given_columns(given["given"]);
    read(given, "rows_field", plan->rows_field);
    read(given, "many", plan->many);
    read(given, "bare", plan->bare);
    read(given, "key", plan->key);
    read(given, "newest_wins", plan->newest_wins);
    read(given, "misfits_to_null", plan->misfits_to_null);
    return plan;
}

std::unique_ptr<TablePlanFace> make_plan(const py::kwargs& given) {
    std::shared_ptr<columns::TablePlan> plan;
    try {
        plan = read_plan(given);
    } catch (const py::cast_error& error) {
        throw py::value_error(error.what());
    }
    if (const auto fault = plan->fault()) throw py::value_error(*fault);
    return std::make_unique<TablePlanFace>(TablePlanFace{std::move(plan)});
}

/// Of a datetime with a zone. A naive one would mean another instant on each machine.
std::int64_t milliseconds_of(py::handle moment) {
    const auto datetime = py::module_::import("datetime");
    if (!py::isinstance(moment, datetime.attr("datetime")) ||
        moment.attr("tzinfo").is_none()) {
        throw py::value_error("a timestamp must be a datetime with a time zone");
    }
    const auto utc = datetime.attr("timezone").attr("utc");
    const auto epoch = datetime.attr("datetime")(1970, 1, 1, py::arg("tzinfo") = utc);
    const auto millisecond = datetime.attr("timedelta")(py::arg("milliseconds") = 1);
    return (py::reinterpret_borrow<py::object>(moment) - epoch)
        .attr("__floordiv__")(millisecond)
        .cast<std::int64_t>();
}

columns::GivenValue value_of(const columns::ColumnType& type, py::handle value) {
    if (value.is_none()) return {};
    switch (type.kind) {
        case Kind::Int64: return value.cast<std::int64_t>();
        case Kind::Double: return value.cast<double>();
        case Kind::Bool: return value.cast<bool>();
        case Kind::Timestamp: return milliseconds_of(value);
        default: return value.cast<std::string>();
    }
}

}  // namespace

std::vector<columns::GivenValue> given_values(const columns::TablePlan& plan,
                                              const py::tuple& given) {
    std::vector<columns::GivenValue> values;
    for (const auto& column : plan.given) {
        if (column.from != columns::GivenFrom::Caller) continue;
        if (values.size() == given.size())
            throw py::value_error("too few given values");
        try {
            values.push_back(value_of(column.type, given[values.size()]));
        } catch (const py::cast_error&) {
            throw py::value_error("the value given for " + column.type.name +
                                  " is no " + columns::text_of(column.type));
        }
    }
    if (values.size() != given.size()) throw py::value_error("too many given values");
    return values;
}

void bind_table_plan(py::module_& core) {
    py::class_<TablePlanFace>(core, "TablePlan")
        .def(py::init(&make_plan))
        .def("__arrow_c_schema__",
             [](const TablePlanFace& face) { return schema_capsule(*face.plan); });
}

}  // namespace pyesi::bindings

#include "bindings/table_cells.h"

#include <chrono>
#include <string_view>
#include <utility>

#include <datetime.h>

namespace py = pybind11;

namespace pyesi::bindings {

namespace {

using columns::ColumnArray;
using columns::Kind;

py::object checked(PyObject* made) {
    if (made == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(made);
}

/// Python's datetime, once it is imported; its macros look for it under this name.
const PyDateTime_CAPI& datetimes() {
    if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
    if (PyDateTimeAPI == nullptr) throw py::error_already_set();
    return *PyDateTimeAPI;
}

struct CivilDay {
    explicit CivilDay(std::chrono::sys_days instant) : day{instant} {}

    int year() const { return static_cast<int>(day.year()); }
    int month() const { return static_cast<int>(static_cast<unsigned>(day.month())); }
    int in_month() const { return static_cast<int>(static_cast<unsigned>(day.day())); }

    std::chrono::year_month_day day;
};

py::object date_of(std::int32_t days) {
    const CivilDay civil{std::chrono::sys_days{std::chrono::days{days}}};
    const auto& api = datetimes();
    return checked(
        api.Date_FromDate(civil.year(), civil.month(), civil.in_month(), api.DateType));
}

py::object datetime_of(std::int64_t milliseconds) {
    const std::chrono::sys_time<std::chrono::milliseconds> instant{
        std::chrono::milliseconds{milliseconds}};
    const auto midnight = std::chrono::floor<std::chrono::days>(instant);
    const CivilDay civil{midnight};
    const std::chrono::hh_mm_ss time{instant - midnight};
    const auto& api = datetimes();
    const std::chrono::microseconds rest{time.subseconds()};
    return checked(
        api.DateTime_FromDateAndTime(civil.year(),
                                     civil.month(),
                                     civil.in_month(),
                                     static_cast<int>(time.hours().count()),
                                     static_cast<int>(time.minutes().count()),
                                     static_cast<int>(time.seconds().count()),
                                     static_cast<int>(rest.count()),
                                     api.TimeZone_UTC,
                                     api.DateTimeType));
}

py::object json_of(std::string_view text) {
    return py::module_::import("pyesi._types")
        .attr("decode_json")(py::bytes(text.data(), text.size()));
}

template <class T>
T value_at(const ColumnArray& column, std::int64_t row) noexcept {
    return column.values_as<T>()[static_cast<std::size_t>(row)];
}

py::str text_of(std::string_view text) {
    return py::str{text.data(), text.size()};
}

}  // namespace

py::object TableCells::at(const ColumnArray& column, std::int64_t row) {
    if (column.is_null(row)) return py::none();
    switch (column.type->kind) {
        case Kind::Int64: return py::int_(value_at<std::int64_t>(column, row));
        case Kind::Double: return py::float_(value_at<double>(column, row));
        case Kind::Bool: return py::bool_(column.bit_at(row));
        case Kind::String: return text_of(column.text_at(row));
        case Kind::Dictionary: return known(column, row);
        case Kind::Timestamp: return datetime_of(value_at<std::int64_t>(column, row));
        case Kind::Date: return date_of(value_at<std::int32_t>(column, row));
        case Kind::Struct: return dict_of(column.children, row);
        case Kind::List: return list_of(column, row);
        case Kind::Keyed: return keyed(column, row);
        case Kind::Json: return json_of(column.text_at(row));
        case Kind::Skipped: break;
    }
    return py::none();
}

py::list TableCells::rows(std::span<const columns::BatchSlice> slices) {
    py::list made;
    for (const auto& [batch, offset, length] : slices) {
        for (auto row = offset; row < offset + length; ++row) {
            made.append(dict_of(batch->columns, row));
        }
    }
    return made;
}

py::list TableCells::column(std::span<const columns::BatchSlice> slices,
                            std::size_t place) {
    py::list made;
    for (const auto& [batch, offset, length] : slices) {
        for (auto row = offset; row < offset + length; ++row) {
            made.append(at(batch->columns[place], row));
        }
    }
    return made;
}

py::dict TableCells::dict_of(const Columns& columns, std::int64_t row) {
    py::dict made;
    for (const auto& column : columns) {
        const auto cell = at(column, row);
        const auto name = name_of(*column.type);
        if (PyDict_SetItem(made.ptr(), name.ptr(), cell.ptr()) != 0) {
            throw py::error_already_set();
        }
    }
    return made;
}

py::list TableCells::list_of(const ColumnArray& column, std::int64_t row) {
    py::list made;
    const auto& items = column.children.front();
    for (auto item = column.offsets[row]; item < column.offsets[row + 1]; ++item) {
        made.append(at(items, item));
    }
    return made;
}

py::dict TableCells::keyed(const ColumnArray& column, std::int64_t row) {
    py::dict made;
    const auto& pairs = column.children.front();
    const auto& keys = pairs.children[0];
    const auto& values = pairs.children[1];
    for (auto pair = column.offsets[row]; pair < column.offsets[row + 1]; ++pair) {
        made[text_of(keys.text_at(pair))] = at(values, pair);
    }
    return made;
}

py::object TableCells::known(const ColumnArray& column, std::int64_t row) {
    const auto& dictionary = *column.type->dictionary;
    auto& strings = strings_[&dictionary];
    const auto number = static_cast<std::size_t>(value_at<std::int32_t>(column, row));
    if (number >= strings.size()) {
        // It has grown, or was not looked at yet.
        strings.clear();
        for (const auto& value : dictionary.values()) strings.push_back(text_of(value));
    }
    return strings[number];
}

py::handle TableCells::name_of(const columns::ColumnType& type) {
    auto& name = names_[&type];
    if (!name) name = text_of(type.name);
    return name;
}

}  // namespace pyesi::bindings

#pragma once

#include "columns/arrow_export.h"

#include <pybind11/pybind11.h>

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace pyesi::bindings {

/// Cells of a table as Python values. It remembers names and a dictionary's strings, so
/// that each is made once.
///
/// Thread: any one at a time, with the GIL.
class TableCells {
public:
    /// A column's cell: datetime (UTC), date, nested dict and list; None for null.
    /// Throws DecodeFailed for JSON that Python cannot take.
    pybind11::object at(const columns::ColumnArray& column, std::int64_t row);

    /// A dict for each row of the slices.
    pybind11::list rows(std::span<const columns::BatchSlice> slices);

    /// The cells of the column at that place.
    pybind11::list column(std::span<const columns::BatchSlice> slices,
                          std::size_t place);

private:
    using Columns = std::vector<columns::ColumnArray>;

    pybind11::dict dict_of(const Columns& columns, std::int64_t row);
    pybind11::list list_of(const columns::ColumnArray& column, std::int64_t row);
    pybind11::dict keyed(const columns::ColumnArray& column, std::int64_t row);
    pybind11::object known(const columns::ColumnArray& column, std::int64_t row);
    pybind11::handle name_of(const columns::ColumnType& type);

    std::unordered_map<const columns::ColumnType*, pybind11::object> names_;
    std::unordered_map<const columns::Dictionary*, std::vector<pybind11::object>>
        strings_;
};

}  // namespace pyesi::bindings

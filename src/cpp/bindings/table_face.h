#pragma once

#include "columns/arrow_export.h"

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace pyesi::bindings {

/// Python's Batch: rows of one batch, perhaps not all of them.
///
/// Constant after construction.
struct BatchFace {
    columns::BatchSlice slice;
};

/// Python's Batches: the rows of a table. No Python object stands for a row.
///
/// Constant after construction.
struct BatchesFace {
    std::shared_ptr<const columns::TablePlan> plan;
    std::vector<columns::BatchSlice> slices;
    std::uint64_t repeats = 0;  ///< rows that came twice, and were left out once

    std::int64_t rows() const noexcept;
};

/// The whole batch, as Python has it.
pybind11::object batch_object(columns::RecordBatchPtr batch);

/// Whole batches, as Python has them.
pybind11::object batches_object(std::shared_ptr<const columns::TablePlan> plan,
                                const std::vector<columns::RecordBatchPtr>& batches,
                                std::uint64_t repeats);

void bind_table(pybind11::module_& core);

}  // namespace pyesi::bindings

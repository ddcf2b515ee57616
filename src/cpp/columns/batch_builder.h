#pragma once

#include "columns/column_builder.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace pyesi::columns {

/// The columns of one batch in the making: one for each of plan->shown().
///
/// Thread: any one at a time.
class BatchBuilder {
public:
    explicit BatchBuilder(std::shared_ptr<const TablePlan> plan);

    const TablePlan& plan() const noexcept { return *plan_; }
    std::vector<ColumnBuilder>& columns() noexcept { return columns_; }

    /// Forgets all rows, and keeps their room.
    void clear();

    /// Row `row` of a batch of the same plan is added.
    void append_from(const RecordBatch& batch, std::int64_t row);

    /// REQUIRES: each column has `rows` rows.
    RecordBatchPtr freeze(std::int64_t rows, ReadingCounts counts) const;

private:
    std::shared_ptr<const TablePlan> plan_;
    std::vector<ColumnBuilder> columns_;
};

}  // namespace pyesi::columns

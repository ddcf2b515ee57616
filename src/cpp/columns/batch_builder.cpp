#include "columns/batch_builder.h"

#include <utility>

namespace pyesi::columns {

BatchBuilder::BatchBuilder(std::shared_ptr<const TablePlan> plan)
    : plan_{std::move(plan)} {
    const auto shown = plan_->shown();
    columns_.reserve(shown.size());
    for (const auto* type : shown) columns_.emplace_back(*type);
}

void BatchBuilder::clear() {
    for (auto& column : columns_) column.truncate(0);
}

void BatchBuilder::append_from(const RecordBatch& batch, std::int64_t row) {
    for (std::size_t place = 0; place < columns_.size(); ++place) {
        columns_[place].append_from(batch.columns[place], row);
    }
}

RecordBatchPtr BatchBuilder::freeze(std::int64_t rows, ReadingCounts counts) const {
    std::size_t bytes = 0;
    for (const auto& column : columns_) bytes += column.measure();
    BufferRoom room{bytes};
    auto batch = std::make_shared<RecordBatch>();
    batch->plan = plan_;
    batch->rows = rows;
    batch->columns.reserve(columns_.size());
    for (const auto& column : columns_) batch->columns.push_back(column.freeze(room));
    batch->bytes = room.size();
    batch->buffers = std::move(room).share();
    batch->counts = std::move(counts);
    return batch;
}

}  // namespace pyesi::columns

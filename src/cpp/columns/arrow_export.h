#pragma once

#include "columns/arrow_abi.h"
#include "columns/record_batch.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace pyesi::columns {

/// A part of a batch: `length` rows from `offset` on.
struct BatchSlice {
    RecordBatchPtr batch;
    std::int64_t offset = 0;
    std::int64_t length = 0;
};

/// A struct schema whose fields are the table's columns. Whoever gets it releases it.
void export_schema(const TablePlan& plan, ArrowSchema* out);

/// The slice as a struct array; the buffers are shared, and live as long as it does.
void export_batch(const BatchSlice& slice, ArrowArray* out);

/// The slices one after the other. It may be read from another thread, by one at a
/// time.
void export_stream(std::shared_ptr<const TablePlan> plan,
                   std::vector<BatchSlice> slices,
                   ArrowArrayStream* out);

}  // namespace pyesi::columns

#pragma once

#include "columns/record_batch.h"

#include <cstdint>
#include <span>
#include <vector>

namespace pyesi::columns {

/// The batches with each row once: of two with the same key one is left out, as the
/// plan says which. Batches without such rows are shared, not copied. Rows whose key is
/// null stay. All as they are where the plan has no key. Thread-safe.
std::vector<RecordBatchPtr> without_repeats(std::span<const RecordBatchPtr> batches);

/// The rows of that batch, in that order. REQUIRES: each is one of its rows.
/// Thread-safe.
RecordBatchPtr take_rows(const RecordBatchPtr& batch,
                         std::span<const std::int64_t> rows);

}  // namespace pyesi::columns

#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columns/batch_reader.h"
#include "columns/record_batch.h"

#include <memory>
#include <vector>

namespace pyesi::engine {

using TablePlanPtr = std::shared_ptr<const columns::TablePlan>;

/// What a request's caller wants of its answer in place of the body: rows of a table.
/// Whoever decodes the body reads them then and there, while it is at hand.
///
/// Constant after construction.
struct RowsWanted {
    TablePlanPtr plan;
    int page = 1;
    std::vector<columns::GivenValue> given{};  ///< for each column that is the caller's
};

/// Rows of an answer, and what they were read for: an equal request may have joined
/// that wants others.
///
/// Constant after construction.
struct RowsRead {
    std::shared_ptr<const RowsWanted> wanted;
    base::Result<columns::RecordBatchPtr> batch;
};

/// Whether they can be read of the body alone, before it is an answer.
bool needs_body_alone(const columns::TablePlan& plan) noexcept;

/// DecodeFailed if the body does not fit. Thread-safe.
/// REQUIRES: needs_body_alone(*wanted->plan).
std::shared_ptr<const RowsRead> read_rows(std::shared_ptr<const RowsWanted> wanted,
                                          base::Bytes plain);

}  // namespace pyesi::engine

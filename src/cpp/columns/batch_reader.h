#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "columns/record_batch.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace pyesi::columns {

/// A value for a column that is given, by the column's kind: Int64 and Timestamp
/// (milliseconds), Double, Bool, String; or null.
using GivenValue =
    std::variant<std::monostate, std::int64_t, double, bool, std::string>;

/// One answer's body, and what its rows have in common.
struct Document {
    base::Bytes json;  ///< in plain
    int page = 1;
    std::optional<base::WallTime> last_modified{};
    std::vector<GivenValue> given{};  ///< for each given column that is the caller's
};

/// Reads documents one after the other into one batch. An empty document gives no row.
///
/// DecodeFailed if one is not JSON (RFC 8259), all of it, also where nothing is wanted
/// of it; and if a value does not fit its column: it names route, page, row (from 0)
/// and field. Where a name stands twice in an object, the last one holds; the others
/// must fit as well.
/// REQUIRES: plan->fault() gives nothing; each document has its given values.
/// Thread-safe.
base::Result<RecordBatchPtr> read_batch(std::shared_ptr<const TablePlan> plan,
                                        std::span<const Document> documents);

}  // namespace pyesi::columns

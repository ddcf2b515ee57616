#pragma once

#include "columns/table_plan.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::columns {

/// What reading met beside the rows.
struct ReadingCounts {
    std::uint64_t bytes = 0;    ///< of JSON
    std::uint64_t misfits = 0;  ///< values that became null, where that was asked for
    /// Fields that the catalog does not know, by their dotted path: once each.
    std::set<std::string> unknown_fields{};

    void add(const ReadingCounts& other);
};

/// Arrow's bits: a row's is the lowest first.
inline bool is_set(const std::uint8_t* bits, std::int64_t row) noexcept {
    const auto place = static_cast<std::size_t>(row);
    return (static_cast<unsigned>(bits[place / 8]) >> place % 8 & 1U) != 0;
}

/// One column of a batch, as Arrow lays it out. The bytes are its batch's.
struct ColumnArray {
    const ColumnType* type = nullptr;
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    const std::uint8_t* validity =
        nullptr;                            ///< a bit a row, from the lowest; null: all
    const std::int32_t* offsets = nullptr;  ///< String, Json, List, Keyed: length + 1
    const void* values = nullptr;  ///< fixed width, bits of a Bool, bytes of a String
    std::vector<ColumnArray> children{};

    bool is_null(std::int64_t row) const noexcept {
        return validity != nullptr && !is_set(validity, row);
    }

    /// The values of a column of fixed width. REQUIRES: T is what its kind has.
    template <class T>
    std::span<const T> values_as() const noexcept {
        return {static_cast<const T*>(values), static_cast<std::size_t>(length)};
    }

    /// A row of a String or Json.
    std::string_view text_at(std::int64_t row) const noexcept {
        const auto* text = static_cast<const char*>(values);
        return {text + offsets[row],
                static_cast<std::size_t>(offsets[row + 1] - offsets[row])};
    }

    /// A row of a Bool.
    bool bit_at(std::int64_t row) const noexcept {
        return is_set(static_cast<const std::uint8_t*>(values), row);
    }
};

/// Some rows of a table, in columns; all of its buffers lie in one run of bytes.
///
/// Constant after construction.
struct RecordBatch {
    std::shared_ptr<const TablePlan> plan;
    std::int64_t rows = 0;
    std::vector<ColumnArray> columns;  ///< one for each of plan->shown()
    std::shared_ptr<const std::byte> buffers;
    std::size_t bytes = 0;  ///< of the buffers
    ReadingCounts counts;
};

using RecordBatchPtr = std::shared_ptr<const RecordBatch>;

}  // namespace pyesi::columns

#pragma once

#include "columns/column_type.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pyesi::columns {

/// What a given column's value comes from.
enum class GivenFrom : std::uint8_t {
    Caller,        ///< one of the document's given values, in their order
    Page,          ///< int64: the page's number, from 1
    LastModified,  ///< timestamp: when ESI made the page; null if it did not say
};

/// A column with one value for all rows of a document. Its kind is Int64, Double,
/// Bool, String or Timestamp.
struct GivenColumn {
    ColumnType type;
    GivenFrom from = GivenFrom::Caller;
};

/// How a route's documents become the rows of a table. One plan serves one table:
/// its dictionaries grow with what the rows bring.
///
/// Constant after construction; the dictionaries guard themselves.
struct TablePlan {
    std::string route;  ///< path template, for errors

    /// The document's field that holds the rows; empty: the document itself does.
    std::string rows_field{};

    bool many = true;   ///< an array of rows; false: the document is one row
    bool bare = false;  ///< a row is a bare value: the only column, "value"
    std::vector<ColumnType> columns{};
    std::vector<GivenColumn> given{};  ///< columns after the others

    /// The column by which a row that came twice is known; Int64 or String. Empty:
    /// there is none.
    std::string key{};
    bool newest_wins = false;  ///< of two, the later stays; else the earlier

    /// A value that does not fit becomes null and is counted; else it is an error.
    bool misfits_to_null = false;

    /// The columns that a table has: those not skipped, then the given ones.
    std::vector<const ColumnType*> shown() const;

    /// Why the plan cannot be used; nothing if it can: a name twice, a key that is no
    /// column, a kind that cannot be given.
    std::optional<std::string> fault() const;
};

}  // namespace pyesi::columns

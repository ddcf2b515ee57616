#pragma once

#include "columns/dictionary.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::columns {

/// What a column holds.
enum class Kind : std::uint8_t {
    Int64,
    Double,
    Bool,
    String,
    Dictionary,  ///< strings, most of them known: rows hold int32 numbers
    Timestamp,   ///< milliseconds since 1970, UTC
    Date,        ///< days since 1970
    Struct,      ///< a JSON object with named fields
    List,
    Keyed,    ///< a JSON object with any names: a list of {key, value} structs
    Json,     ///< whatever comes, as its JSON text
    Skipped,  ///< known, and not wanted: no column comes of it
};

/// One column or, inside another, one field. A tree: a Struct has its fields as
/// children, a List its one item, a Keyed one Struct of "key" (String, not nullable)
/// and "value".
///
/// Constant after construction; the dictionary guards itself.
struct ColumnType {
    std::string name;
    Kind kind = Kind::Int64;
    bool nullable = true;  ///< its field may be absent, or null
    std::vector<ColumnType> children{};
    std::shared_ptr<Dictionary> dictionary{};  ///< of kind Dictionary, else null
};

/// The kind of that name, as `name_of` gives it; throws std::invalid_argument.
Kind parse_kind(std::string_view name);
std::string_view name_of(Kind kind) noexcept;

/// As Arrow's C data interface spells the type, without its children.
const char* arrow_format(Kind kind) noexcept;

/// As a person reads it: "int64", "list<struct<type_id: int64>>".
std::string text_of(const ColumnType& type);

}  // namespace pyesi::columns

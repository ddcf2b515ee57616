#pragma once

#include "columns/column_builder.h"
#include "columns/field_names.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::columns {

struct ObjectReader;

/// A value of a dictionary, by its number there.
struct KnownValue {
    QuotedText text;
    std::int32_t number;
};

/// What reading keeps of one column, from row to row.
struct FieldReader {
    const ColumnType* type = nullptr;
    ColumnBuilder* builder = nullptr;  ///< null: it is checked, and kept nowhere
    std::uint64_t met_in = 0;          ///< the last object that had the field

    std::unique_ptr<ObjectReader> object;  ///< of a Struct
    std::unique_ptr<FieldReader> item;     ///< of a List; of a Keyed: its value

    // Of a Dictionary: values that were met, and of each bucket the last one's place.
    std::vector<KnownValue> known;
    std::array<std::uint8_t, kTextBuckets> last_known{};
};

/// What reading keeps of the objects that have the same fields.
struct ObjectReader {
    explicit ObjectReader(const std::vector<std::string_view>& known) : names{known} {}

    FieldNames names;
    std::vector<FieldReader> fields;
    bool is_nested = false;            ///< one of the fields has others in it
    std::uint64_t met = 0;             ///< objects so far
    std::vector<std::string> unknown;  ///< names that are none of `fields`
};

FieldReader make_field_reader(const ColumnType& type, ColumnBuilder* builder);

/// Of the plan's rows, whatever they are: bare values have one field.
/// REQUIRES: the builders are those of plan.shown(), and outlive it.
ObjectReader make_row_reader(const TablePlan& plan,
                             std::vector<ColumnBuilder>& columns);

/// A name that no field has; kept once.
void note_unknown(ObjectReader& object, std::string_view name);

/// The value that begins at `at`, after its opening quote, if it was met before; null
/// if not. REQUIRES: the field's kind is Dictionary; QuotedText::kRoom bytes can be
/// read.
const KnownValue* find_known(FieldReader& field, const char* at) noexcept;

/// The same where it is the last that was met of its bucket; else it may be null, too.
inline const KnownValue* guess_known(const FieldReader& field,
                                     const char* at) noexcept {
    if (field.known.empty()) return nullptr;
    const auto& guess = field.known[field.last_known[bucket_of(at)]];
    return guess.text.is_at(at) ? &guess : nullptr;
}

/// The number of a value in the field's dictionary.
/// REQUIRES: its kind is Dictionary.
std::int32_t number_of(FieldReader& field, std::string_view value);

/// All of them, here and further in.
void forget_unknown(ObjectReader& object);

/// All names that no field has, as dotted paths from `path` on.
void tell_unknown(const ObjectReader& object,
                  const std::string& path,
                  std::set<std::string>& told);

}  // namespace pyesi::columns

#pragma once

#include "columns/field_reader.h"
#include "columns/json_text.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <simdjson.h>

namespace pyesi::columns {

/// Why reading came to an end before the end, in parts: where it was is told by those
/// who called, from the inside out.
struct ReadingTrouble {
    std::string what;
    std::vector<std::string> path;  ///< innermost name first
};

/// Reads JSON values into columns. Each of its functions says whether it went well; if
/// not, `trouble` tells why and the columns are of no use.
///
/// Thread: any one at a time.
class ValueReader {
public:
    /// All outlive it. `misfits`: is counted up where a misfit becomes null.
    ValueReader(const TablePlan& plan,
                simdjson::ondemand::parser& parser,
                std::uint64_t& misfits)
        : plan_{plan}, texts_{parser}, misfits_{misfits} {}

    /// One row of an array; simdjson goes past it by itself.
    [[nodiscard]] bool read_row(ObjectReader& row, simdjson::ondemand::value& value);

    /// One row that must be an object; it is consumed.
    [[nodiscard]] bool read_object_row(ObjectReader& row,
                                       simdjson::ondemand::value& value);

    /// Whether a value that nobody wants is JSON; it is consumed.
    [[nodiscard]] bool check(simdjson::ondemand::value& value);

    /// The name of a field.
    [[nodiscard]] bool read_name(simdjson::ondemand::raw_json_string raw,
                                 std::string_view& name);

    /// Always false.
    bool fail(simdjson::error_code error);
    bool fail(std::string what);

    ReadingTrouble trouble;

private:
    using Value = simdjson::ondemand::value;

    bool read(FieldReader& field, Value& value);
    bool read_object(ObjectReader& object, simdjson::ondemand::object fields);
    bool read_unknown(ObjectReader& object, simdjson::ondemand::field& field);
    bool read_field(FieldReader& field, Value& value, std::uint64_t object);
    bool add_missing(ObjectReader& object);

    bool read_int64(FieldReader& field, Value& value);
    bool read_double(FieldReader& field, Value& value);
    bool read_bool(FieldReader& field, Value& value);
    bool read_string(FieldReader& field, Value& value);
    bool take_text(FieldReader& field, std::string_view text);
    bool read_struct(FieldReader& field, Value& value);
    bool read_list(FieldReader& field, Value& value);
    bool read_keyed(FieldReader& field, Value& value);
    bool count_names(simdjson::ondemand::object& fields,
                     std::unordered_map<std::string, int>& counts);
    bool read_json(FieldReader& field, Value& value);

    /// Where the value is of another type than the column: null, a misfit, or no JSON.
    bool read_other(FieldReader& field, Value& value);
    bool misfit(FieldReader& field, std::string_view got);

    const TablePlan& plan_;
    JsonText texts_;
    std::uint64_t& misfits_;
};

}  // namespace pyesi::columns

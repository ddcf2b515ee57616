#pragma once

#include "columns/field_reader.h"
#include "columns/quoted_text.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyesi::columns {

/// What reading a field needs, side by side: this is done for each value.
struct FlatField {
    QuotedText name;            // with quotes and colon
    Kind kind = Kind::Skipped;  // that, too, where nobody wants it
    OpenRows open{};
    FieldReader* reader = nullptr;
    std::uint64_t bit = 0;
    FlatField* next = nullptr;  // what most likely follows it: it did so last
};

/// Reads rows that are as ESI's mostly are: objects of known names, each once, without
/// blanks, with values that are neither objects nor arrays; or, `bare`, such a value.
/// It reads straight through the characters, writes each value where it will stand, and
/// is several times as fast as by way of simdjson.
///
/// Rows count in their columns only once they are closed; from the first of them to
/// then nobody else may add to the columns.
///
/// Thread: any one at a time.
class FlatRows {
public:
    /// `rows` outlives it, and so do its builders.
    FlatRows(ObjectReader& rows, bool bare);
    FlatRows(const FlatRows&) = delete;
    FlatRows& operator=(const FlatRows&) = delete;
    ~FlatRows() = default;

    /// The character after the row. Null if the row is anything else, right or wrong,
    /// and then it adds nothing: it is for ValueReader to read.
    /// REQUIRES: the text is UTF-8, and kNumberRoom bytes after its end can be read,
    /// the first of them a NUL.
    const char* try_read(const char* at);

    /// The rows that were read count from here on.
    void close();

private:
    using Field = FlatField;

    const char* read_object(const char* at);
    const char* read_fields(const char* at, std::uint64_t& met);
    Field* search(Field& before, const char* at);
    const char* skip_unknown(const char* at);
    bool add_missing(std::uint64_t missing);
    void make_room();

    ObjectReader& rows_;
    const bool bare_;
    const bool is_flat_;
    std::vector<Field> fields_;  // and one more, for what comes before the first
    std::uint64_t wanted_ = 0;   // fields that have a column, a bit each
    std::uint64_t needed_ = 0;   // those of them that may not be missing
    std::size_t count_ = 0;      // rows that were read and are not closed
    std::size_t room_ = 0;       // rows that are open
};

}  // namespace pyesi::columns

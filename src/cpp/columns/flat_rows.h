#pragma once

#include "columns/field_reader.h"
#include "columns/quoted_text.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pyesi::columns {

struct FlatField;

/// The row that is read, and which of its fields were met, a bit each.
struct FlatRow {
    std::size_t place = 0;
    std::uint64_t met = 0;
};

/// Where a row was left: after which field, and what had been met.
struct FlatStop {
    FlatField* last = nullptr;
    std::uint64_t met = 0;
};

/// Reads the value that begins at `at` into a row, and then those of the fields after
/// it as long as each is the one that was expected. The character where it stops; null
/// if a value is for others to read. Whether the last one may end there is for the
/// caller to say.
using ReadFlat = const char* (*)(FlatField& field, FlatRow row, const char* at);

/// What reading a field needs, side by side: this is done for each value.
struct FlatField {
    QuotedText name;            // with quotes and colon, and the comma before it
    FlatField* next = nullptr;  // what most likely follows it: it did so last
    std::uint64_t bit = 0;
    ReadFlat read = nullptr;
    OpenRows open{};
    Kind kind = Kind::Skipped;  // that, too, where nobody wants it
    FieldReader* reader = nullptr;
    FlatStop* stop = nullptr;
    QuotedText name_as_first;  // with the object's brace before it
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
    /// REQUIRES: kNumberRoom bytes after the text's end can be read, the first of them
    /// a NUL.
    const char* try_read(const char* at);

    /// As many rows as follow one that was read, each after a comma, and are read too:
    /// they are added to `rows`. The character after the last of them all.
    const char* read_following(const char* at, std::size_t& rows);

    /// The rows that were read count from here on.
    void close();

    /// So many rows will most likely be read before they are closed.
    void expect(std::size_t rows) noexcept { expected_ = rows; }

private:
    using Field = FlatField;

    const char* read_object(const char* at);
    const char* read_bare(const char* at);
    const char* read_from(Field& field, const char* at);
    Field* first(const char* at);
    Field* search(Field& before, const char* at);
    const char* skip_unknown(const char* at);
    bool add_missing(std::uint64_t missing);
    bool make_room();

    ObjectReader& rows_;
    const bool bare_;
    const bool is_flat_;
    std::vector<Field> fields_;  // and one more, for what comes before the first
    FlatStop stop_;
    std::uint64_t wanted_ = 0;  // fields that have a column, a bit each
    std::uint64_t needed_ = 0;  // those of them that may not be missing
    std::size_t count_ = 0;     // rows that were read and are not closed
    std::size_t room_ = 0;      // rows that are open
    std::size_t expected_ = 0;  // rows to make room for at once
};

}  // namespace pyesi::columns

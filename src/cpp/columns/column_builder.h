#pragma once

#include "columns/buffer_room.h"
#include "columns/record_batch.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace pyesi::columns {

/// Where rows of a column are written before they count: from the first of them on, and
/// only what the kind needs is not null.
struct OpenRows {
    std::int64_t* words = nullptr;    ///< Int64, Timestamp, Double (its bits)
    std::int32_t* numbers = nullptr;  ///< Dictionary, Date
    std::uint8_t* flags = nullptr;    ///< Bool
};

/// Cells that grow without being cleared: each is written before it is looked at.
template <class T>
struct CellAllocator : std::allocator<T> {
    template <class U>
    void construct(U* /*cell*/) noexcept {}

    template <class U, class... Values>
    void construct(U* cell, Values&&... values) {
        std::construct_at(cell, std::forward<Values>(values)...);
    }
};
template <class T>
using Cells = std::vector<T, CellAllocator<T>>;

/// One column in the making, with its children. It grows row by row, and is then copied
/// into the room of its batch without anything to spare.
///
/// Thread: any one at a time.
class ColumnBuilder {
public:
    /// `type` outlives it. REQUIRES: its kind is not Skipped.
    explicit ColumnBuilder(const ColumnType& type);

    const ColumnType& type() const noexcept { return *type_; }
    std::size_t length() const noexcept { return length_; }

    /// The children: a Struct's fields, a List's items, a Keyed's entries.
    ColumnBuilder& child(std::size_t index) noexcept { return children_[index]; }

    /// Makes room for so many rows in all.
    void reserve(std::size_t rows);

    // Each adds one row. REQUIRES: it is what the kind asks for.

    void append_int64(std::int64_t value) {  ///< Int64, Timestamp
        words_.push_back(value);
        on_valid();
    }
    void append_double(double value) {
        words_.push_back(std::bit_cast<std::int64_t>(value));
        on_valid();
    }
    void append_bool(bool value) {
        flags_.push_back(value ? 1 : 0);
        on_valid();
    }
    void append_number(std::int32_t value) {  ///< Dictionary, Date
        numbers_.push_back(value);
        on_valid();
    }
    void append_text(std::string_view value);  ///< String, Json

    /// A Struct whose children have their value of this row, or a List or Keyed whose
    /// child has all its items.
    void append_parent();

    /// A row without a value; children of a Struct get none either.
    void append_null();

    // Rows of single values can also be written where they will stand. From `open` to
    // `close` nothing else may be asked of the column.

    /// Room for so many rows after those there are; opened again it becomes larger, and
    /// what was written stays. REQUIRES: the kind has no children.
    OpenRows open(std::size_t rows);

    // A row that is open, by its place among them: each but the last one written must
    // be given what it is, in their order.

    void put_text(std::size_t row, std::string_view value);  ///< String, Json
    void put_null(std::size_t row);

    /// The first `rows` that are open count from here on, and there are no others.
    void close(std::size_t rows);

    /// Forgets the rows from `length` on. REQUIRES: a Struct's children have as many
    /// rows as it has, or more.
    void truncate(std::size_t length);

    /// Of a List or Keyed: forgets items that no row has taken.
    void drop_open_items();

    /// Row `row` of `array`, which is of the same type, is added.
    void append_from(const ColumnArray& array, std::int64_t row);

    /// What `freeze` will ask of a room.
    std::size_t measure() const noexcept;

    /// Lays the rows out in `room`, which was measured.
    ColumnArray freeze(BufferRoom& room) const;

private:
    void on_valid() {
        ++length_;
        if (null_count_ != 0) valid_.push_back(1);
    }
    void on_null();
    void resize_values(std::size_t rows);
    void append_blank();
    void append_items_from(const ColumnArray& array, std::int64_t row);

    const ColumnType* type_;
    std::size_t length_ = 0;
    std::size_t null_count_ = 0;

    // Only what the kind needs is ever filled.
    std::vector<std::uint8_t> valid_;  // a byte a row, empty while none is null
    Cells<std::int64_t> words_;        // Int64, Timestamp, Double
    Cells<std::int32_t> numbers_;      // Dictionary, Date; offsets: length + 1
    Cells<std::uint8_t> flags_;        // Bool
    std::vector<char> text_;           // String, Json
    std::vector<ColumnBuilder> children_;
};

}  // namespace pyesi::columns

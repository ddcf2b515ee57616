#include "columns/column_builder.h"

#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>

namespace pyesi::columns {

namespace {

bool has_offsets(Kind kind) noexcept {
    return kind == Kind::String || kind == Kind::Json || kind == Kind::List ||
           kind == Kind::Keyed;
}

/// Arrow's offsets have 32 bits; a page is far from that, a hostile one is not.
std::int32_t offset_of(std::size_t place) {
    if (place > std::size_t{std::numeric_limits<std::int32_t>::max()}) {
        throw std::length_error{"a column of one batch passes 2 GiB"};
    }
    return static_cast<std::int32_t>(place);
}

}  // namespace

ColumnBuilder::ColumnBuilder(const ColumnType& type) : type_{&type} {
    if (has_offsets(type.kind)) numbers_.push_back(0);
    children_.reserve(type.children.size());
    for (const auto& child : type.children) children_.emplace_back(child);
}

void ColumnBuilder::reserve(std::size_t rows) {
    switch (type_->kind) {
        case Kind::Int64:
        case Kind::Double:
        case Kind::Timestamp: words_.reserve(rows); return;
        case Kind::Dictionary:
        case Kind::Date: numbers_.reserve(rows); return;
        case Kind::Bool: flags_.reserve(rows); return;
        case Kind::Struct:
            for (auto& child : children_) child.reserve(rows);
            return;
        case Kind::String:
        case Kind::Json:
        case Kind::List:
        case Kind::Keyed: numbers_.reserve(rows + 1); return;
        case Kind::Skipped: return;
    }
}

void ColumnBuilder::append_text(std::string_view value) {
    text_.insert(text_.end(), value.begin(), value.end());
    numbers_.push_back(offset_of(text_.size()));
    on_valid();
}

void ColumnBuilder::append_parent() {
    if (type_->kind != Kind::Struct) {
        numbers_.push_back(offset_of(children_.front().length()));
    }
    on_valid();
}

void ColumnBuilder::append_null() {
    append_blank();
    on_null();
}

/// What stands where there is no value.
void ColumnBuilder::append_blank() {
    switch (type_->kind) {
        case Kind::Int64:
        case Kind::Double:
        case Kind::Timestamp: words_.push_back(0); return;
        case Kind::Dictionary:
        case Kind::Date: numbers_.push_back(0); return;
        case Kind::Bool: flags_.push_back(0); return;
        case Kind::Struct:
            for (auto& child : children_) child.append_null();
            return;
        case Kind::String:
        case Kind::Json:
        case Kind::List:
        case Kind::Keyed: numbers_.push_back(numbers_.back()); return;
        case Kind::Skipped: return;
    }
}

void ColumnBuilder::on_null() {
    if (null_count_ == 0) valid_.assign(length_, 1);
    valid_.push_back(0);
    ++length_;
    ++null_count_;
}

OpenRows ColumnBuilder::open(std::size_t rows) {
    resize_values(length_ + rows);
    const auto at = static_cast<std::ptrdiff_t>(length_);
    switch (type_->kind) {
        case Kind::Int64:
        case Kind::Double:
        case Kind::Timestamp: return {.words = words_.data() + at};
        case Kind::Dictionary:
        case Kind::Date: return {.numbers = numbers_.data() + at};
        case Kind::Bool: return {.flags = flags_.data() + at};
        default: return {};
    }
}

void ColumnBuilder::put_text(std::size_t row, std::string_view value) {
    text_.insert(text_.end(), value.begin(), value.end());
    numbers_[length_ + row + 1] = offset_of(text_.size());
}

void ColumnBuilder::put_null(std::size_t row) {
    const auto place = length_ + row;
    switch (type_->kind) {
        case Kind::Int64:
        case Kind::Double:
        case Kind::Timestamp: words_[place] = 0; break;
        case Kind::Dictionary:
        case Kind::Date: numbers_[place] = 0; break;
        case Kind::Bool: flags_[place] = 0; break;
        case Kind::String:
        case Kind::Json: numbers_[place + 1] = offset_of(text_.size()); break;
        default: break;
    }
    valid_.resize(place, 1);
    valid_.push_back(0);
    ++null_count_;
}

void ColumnBuilder::close(std::size_t rows) {
    length_ += rows;
    if (null_count_ != 0) valid_.resize(length_, 1);
    resize_values(length_);
    if (has_offsets(type_->kind))
        text_.resize(static_cast<std::size_t>(numbers_.back()));
}

void ColumnBuilder::truncate(std::size_t length) {
    if (null_count_ != 0 && length < length_) {
        const auto first = valid_.begin() + static_cast<std::ptrdiff_t>(length);
        null_count_ -= static_cast<std::size_t>(std::count(first, valid_.end(), 0));
        valid_.resize(null_count_ == 0 ? 0 : length);
    }
    length_ = length;
    resize_values(length);
    switch (type_->kind) {
        case Kind::Struct:
            for (auto& child : children_) child.truncate(length);
            return;
        case Kind::String:
        case Kind::Json:
            text_.resize(static_cast<std::size_t>(numbers_.back()));
            return;
        case Kind::List:
        case Kind::Keyed: drop_open_items(); return;
        default: return;
    }
}

/// What each row has one of, for so many rows.
void ColumnBuilder::resize_values(std::size_t rows) {
    switch (type_->kind) {
        case Kind::Int64:
        case Kind::Double:
        case Kind::Timestamp: words_.resize(rows); return;
        case Kind::Dictionary:
        case Kind::Date: numbers_.resize(rows); return;
        case Kind::Bool: flags_.resize(rows); return;
        case Kind::String:
        case Kind::Json:
        case Kind::List:
        case Kind::Keyed: numbers_.resize(rows + 1); return;
        case Kind::Struct:
        case Kind::Skipped: return;
    }
}

void ColumnBuilder::drop_open_items() {
    children_.front().truncate(static_cast<std::size_t>(numbers_.back()));
}

void ColumnBuilder::append_from(const ColumnArray& array, std::int64_t row) {
    if (array.is_null(row)) {
        append_null();
        return;
    }
    const auto place = static_cast<std::size_t>(row);
    switch (type_->kind) {
        case Kind::Int64:
        case Kind::Double:
        case Kind::Timestamp:
            append_int64(array.values_as<std::int64_t>()[place]);
            return;
        case Kind::Dictionary:
        case Kind::Date: append_number(array.values_as<std::int32_t>()[place]); return;
        case Kind::Bool: append_bool(array.bit_at(row)); return;
        case Kind::String:
        case Kind::Json: append_text(array.text_at(row)); return;
        case Kind::Struct:
            for (std::size_t field = 0; field < children_.size(); ++field) {
                children_[field].append_from(array.children[field], row);
            }
            append_parent();
            return;
        case Kind::List:
        case Kind::Keyed: append_items_from(array, row); return;
        case Kind::Skipped: return;
    }
}

void ColumnBuilder::append_items_from(const ColumnArray& array, std::int64_t row) {
    for (auto item = array.offsets[row]; item < array.offsets[row + 1]; ++item) {
        children_.front().append_from(array.children.front(), item);
    }
    append_parent();
}

std::size_t ColumnBuilder::measure() const noexcept {
    const auto rounded = BufferRoom::rounded;
    auto bytes = rounded(words_.size() * sizeof(std::int64_t)) +
                 rounded(numbers_.size() * sizeof(std::int32_t)) +
                 rounded(packed_size(flags_.size())) + rounded(text_.size());
    if (null_count_ != 0) bytes += rounded(packed_size(length_));
    for (const auto& child : children_) bytes += child.measure();
    return bytes;
}

ColumnArray ColumnBuilder::freeze(BufferRoom& room) const {
    ColumnArray array{.type = type_,
                      .length = static_cast<std::int64_t>(length_),
                      .null_count = static_cast<std::int64_t>(null_count_)};
    if (null_count_ != 0) array.validity = room.pack(valid_);
    const bool offsets = has_offsets(type_->kind);
    if (offsets) array.offsets = room.copy(std::span{numbers_});
    switch (type_->kind) {
        case Kind::Int64:
        case Kind::Double:
        case Kind::Timestamp: array.values = room.copy(std::span{words_}); break;
        case Kind::Dictionary:
        case Kind::Date: array.values = room.copy(std::span{numbers_}); break;
        case Kind::Bool: array.values = room.pack(flags_); break;
        case Kind::String:
        case Kind::Json: array.values = room.copy(std::span{text_}); break;
        case Kind::Struct:
        case Kind::List:
        case Kind::Keyed:
        case Kind::Skipped: break;
    }
    array.children.reserve(children_.size());
    for (const auto& child : children_) array.children.push_back(child.freeze(room));
    return array;
}

}  // namespace pyesi::columns

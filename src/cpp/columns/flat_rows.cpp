#include "columns/flat_rows.h"

#include "columns/moments.h"
#include "columns/number_text.h"

#include <bit>
#include <cstring>
#include <string_view>

namespace pyesi::columns {

namespace {

/// A bit for each field: what has more of them is read the other way.
constexpr std::size_t kMostFields = 64;

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

/// The high bit of each byte that is 0; above the first one it may err.
constexpr std::uint64_t zeros_in(std::uint64_t word) noexcept {
    return (word - kOnes) & ~word & kHighs;
}

/// The end of a string that begins at `at`, after its opening quote; null if there is
/// an escape in it, or a control character, which no string may have. Such a one is
/// what comes after the text, so that a string without an end is none.
const char* end_of_string(const char* at) noexcept {
    for (;; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        const auto controls = (word - 0x20 * kOnes) & ~word & kHighs;
        const auto found =
            zeros_in(word ^ '"' * kOnes) | zeros_in(word ^ '\\' * kOnes) | controls;
        if (found == 0) continue;
        at += static_cast<unsigned>(std::countr_zero(found)) / 8;
        return *at == '"' ? at : nullptr;
    }
}

std::string_view between(const char* start, const char* end) noexcept {
    return {start, static_cast<std::size_t>(end - start)};
}

const char* read_timestamp(const char* at, std::int64_t& cell) noexcept {
    constexpr int kLength = 22;  // with both quotes
    if (*at != '"' || !try_read_utc(at + 1, cell)) return nullptr;
    return at + kLength;
}

const char* read_double(const char* at, std::int64_t& cell) noexcept {
    double value = 0;
    const auto* const end = scan_double(at, value);
    cell = std::bit_cast<std::int64_t>(value);
    return end;
}

const char* read_bool(const char* at, std::uint8_t& cell) noexcept {
    bool value = false;
    const auto* const end = scan_bool(at, value);
    cell = value ? 1 : 0;
    return end;
}

const char* read_date(const char* at, std::int32_t& cell) noexcept {
    constexpr int kLength = 10;
    if (*at != '"' || at[kLength + 1] != '"') return nullptr;
    const auto day = parse_date({at + 1, kLength});
    if (!day) return nullptr;
    cell = *day;
    return at + kLength + 2;
}

/// Past a value that nobody wants.
const char* skip(const char* at) noexcept {
    if (*at == '"') {
        const auto* const end = end_of_string(at + 1);
        return end == nullptr ? nullptr : end + 1;
    }
    double number = 0;
    bool flag = false;
    const auto* const end = scan_double(at, number);
    return end != nullptr ? end : scan_bool(at, flag);
}

const char* read_text(FieldReader& field, std::size_t row, const char* at) {
    if (*at != '"') return nullptr;
    const auto* const end = end_of_string(at + 1);
    if (end == nullptr) return nullptr;
    field.builder->put_text(row, between(at + 1, end));
    return end + 1;
}

const char* read_word(FieldReader& field, std::int32_t& cell, const char* at) {
    if (*at != '"') return nullptr;
    if (const auto* const known = find_known(field, at + 1)) {
        cell = known->number;
        return at + 1 + known->text.size();
    }
    const auto* const end = end_of_string(at + 1);
    if (end == nullptr) return nullptr;
    cell = number_of(field, between(at + 1, end));
    return end + 1;
}

// The next two are read in place: a call for each value would be a tenth of all that
// reading does.

/// The character after the value, or null where it is for others to read. Whether a
/// value may end there is for the caller to say.
[[gnu::always_inline]] inline const char* read_value(const FlatField& field,
                                                     std::size_t row,
                                                     const char* at) {
    switch (field.kind) {
        case Kind::Int64: return scan_int64(at, field.open.words[row]);
        case Kind::Double: return read_double(at, field.open.words[row]);
        case Kind::Bool: return read_bool(at, field.open.flags[row]);
        case Kind::String: return read_text(*field.reader, row, at);
        case Kind::Dictionary:
            return read_word(*field.reader, field.open.numbers[row], at);
        case Kind::Timestamp: return read_timestamp(at, field.open.words[row]);
        case Kind::Date: return read_date(at, field.open.numbers[row]);
        case Kind::Skipped: return skip(at);
        case Kind::Struct:
        case Kind::List:
        case Kind::Keyed:
        case Kind::Json: break;
    }
    return nullptr;
}

/// The same for a field, from its name on; one that was met before is for others, too.
[[gnu::always_inline]] inline const char* read_known(const FlatField& field,
                                                     std::size_t row,
                                                     const char* at,
                                                     std::uint64_t& met) {
    if ((met & field.bit) != 0) return nullptr;
    met |= field.bit;
    return read_value(field, row, at + field.name.size());
}

}  // namespace

FlatRows::FlatRows(ObjectReader& rows, bool bare)
    : rows_{rows},
      bare_{bare},
      is_flat_{!rows.is_nested && rows.fields.size() <= kMostFields} {
    if (!is_flat_) return;
    fields_.reserve(rows.fields.size() + 1);
    for (auto& reader : rows.fields) {
        auto& field = fields_.emplace_back(Field{
            .name = QuotedText{reader.type->name, "\"", "\":"}, .reader = &reader});
        field.bit = std::uint64_t{1} << (fields_.size() - 1);
        if (reader.builder == nullptr) continue;
        field.kind = reader.type->kind;
        wanted_ |= field.bit;
        if (!reader.type->nullable) needed_ |= field.bit;
    }
    fields_.emplace_back(Field{.name = QuotedText{""}});
    // Until a row was seen: as the catalog has them, and after the last the first.
    fields_.back().next = fields_.data();
    for (std::size_t place = 0; place < rows.fields.size(); ++place) {
        fields_[place].next = &fields_[(place + 1) % rows.fields.size()];
    }
}

const char* FlatRows::try_read(const char* at) {
    if (!is_flat_) return nullptr;
    if (count_ == room_) make_room();
    const auto* const end =
        bare_ ? read_value(fields_.front(), count_, at) : read_object(at);
    if (end == nullptr || (bare_ && !ends_number(*end))) return nullptr;
    ++count_;
    return end;
}

void FlatRows::close() {
    if (room_ == 0) return;
    for (const auto& field : fields_) {
        if (field.kind != Kind::Skipped) field.reader->builder->close(count_);
    }
    count_ = 0;
    room_ = 0;
}

/// Twice as many rows as there are, so that a page of one row costs no more than one,
/// and a long one little more than itself.
void FlatRows::make_room() {
    room_ = count_ == 0 ? 1 : 2 * count_;
    for (auto& field : fields_) {
        if (field.kind == Kind::Skipped) continue;
        field.open = field.reader->builder->open(room_);
    }
}

const char* FlatRows::read_object(const char* at) {
    if (*at != '{') return nullptr;
    std::uint64_t met = 0;
    const auto* const end = read_fields(at + 1, met);
    if (end == nullptr) return nullptr;
    const auto missing = wanted_ & ~met;
    return missing == 0 || add_missing(missing) ? end : nullptr;
}

/// Reads all fields of the object, and notes which of the known ones were there.
const char* FlatRows::read_fields(const char* at, std::uint64_t& met) {
    auto* before = &fields_.back();
    for (;;) {
        auto* field = before->next;
        if (!field->name.is_at(at)) field = search(*before, at);
        at = field == nullptr ? skip_unknown(at) : read_known(*field, count_, at, met);
        if (at == nullptr) return nullptr;
        if (*at == '}') return at + 1;
        if (*at++ != ',') return nullptr;
        if (field != nullptr) before = field;
    }
}

/// The field at hand where it is not the one that was expected after `before`; null if
/// none is known.
FlatRows::Field* FlatRows::search(Field& before, const char* at) {
    const auto place = *at == '"' ? rows_.names.search(at + 1) : FieldNames::kNone;
    if (place == FieldNames::kNone || !fields_[place].name.is_at(at)) return nullptr;
    before.next = &fields_[place];
    return before.next;
}

/// Past a field that the catalog does not know, which is noted.
const char* FlatRows::skip_unknown(const char* at) {
    // A name that is too long to be guessed is not unknown for that.
    constexpr auto kLongest = std::ptrdiff_t{FieldNames::kRoom} - 2;
    if (*at++ != '"') return nullptr;
    const auto* const end = end_of_string(at);
    if (end == nullptr || end - at >= kLongest || end[1] != ':') return nullptr;
    note_unknown(rows_, between(at, end));
    return skip(end + 2);
}

/// Nulls for the fields that were not there; false if one of them must be.
bool FlatRows::add_missing(std::uint64_t missing) {
    if ((missing & needed_) != 0) return false;
    for (; missing != 0; missing &= missing - 1) {
        const auto place = static_cast<std::size_t>(std::countr_zero(missing));
        fields_[place].reader->builder->put_null(count_);
    }
    return true;
}

}  // namespace pyesi::columns

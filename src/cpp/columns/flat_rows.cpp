#include "columns/flat_rows.h"

#include "columns/moments.h"
#include "columns/number_text.h"
#include "columns/utc_text.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

#include <simdjson.h>

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

std::string_view between(const char* start, const char* end) noexcept {
    return {start, static_cast<std::size_t>(end - start)};
}

/// The end of a string that begins at `at`, after its opening quote; null if there is
/// an escape in it, or a control character, which no string may have, or if it is not
/// UTF-8. A control character is what comes after the text, so that a string without an
/// end is none.
const char* end_of_string(const char* at) noexcept {
    const auto* const start = at;
    std::uint64_t high = 0;  // of all characters, and of some that follow
    for (;; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        high |= word & kHighs;
        const auto controls = (word - 0x20 * kOnes) & ~word & kHighs;
        const auto found =
            zeros_in(word ^ '"' * kOnes) | zeros_in(word ^ '\\' * kOnes) | controls;
        if (found == 0) continue;
        at += static_cast<unsigned>(std::countr_zero(found)) / 8;
        if (*at != '"') return nullptr;
        const auto size = static_cast<std::size_t>(at - start);
        return high == 0 || simdjson::validate_utf8(start, size) ? at : nullptr;
    }
}

/// Past a value that nobody wants.
const char* skip(const char* at) noexcept {
    if (*at == '"') {
        const auto* const end = end_of_string(at + 1);
        return end == nullptr ? nullptr : end + 1;
    }
    bool flag = false;
    const auto* const end = scan_number(at);
    return end != nullptr ? end : scan_bool(at, flag);
}

/// From the end of the field's value on: reads the field that is expected next if it is
/// there. Its name is looked for with the comma before it, and so the value has ended
/// as it may. No field comes twice, and so no more calls than there are fields stand in
/// one another even where the compiler makes no jumps of them.
[[gnu::always_inline]] inline const char* go_on(FlatField& field,
                                                FlatRow row,
                                                const char* at) {
    auto& next = *field.next;
    if (!next.name.is_at(at) || (row.met & next.bit) != 0) {
        *field.stop = {.last = &field, .met = row.met};
        return at;
    }
    row.met |= next.bit;
    return next.read(next, row, at + next.name.size());
}

/// The same once the field's cell of eight bytes was read; `end` is null if it was not.
template <class Value>
[[gnu::always_inline]] inline const char* keep(Value value,
                                               const char* end,
                                               FlatField& field,
                                               FlatRow row) {
    if (end == nullptr) return nullptr;
    field.open.words[row.place] = std::bit_cast<std::int64_t>(value);
    return go_on(field, row, end);
}

// One for each kind of column. Each goes on to the next field by itself: a loop around
// them would be a tenth of all instructions. What is rare has calls of its own, so that
// what is usual saves no registers for it.

[[gnu::noinline]] const char* read_rare_int64(FlatField& field,
                                              FlatRow row,
                                              const char* at) {
    std::int64_t value = 0;
    const auto* const end = scan_rare_int64(at, value);
    return keep(value, end, field, row);
}

const char* read_int64(FlatField& field, FlatRow row, const char* at) {
    if (!begins_number(at)) return read_rare_int64(field, row, at);
    std::int64_t value = 0;
    const auto* const end = scan_usual_int64(at, value);
    return keep(value, end, field, row);
}

[[gnu::noinline]] const char* read_rare_double(FlatField& field,
                                               FlatRow row,
                                               const char* at) {
    double value = 0;
    const auto* const end = scan_rare_double(at, value);
    return keep(value, end, field, row);
}

const char* read_double(FlatField& field, FlatRow row, const char* at) {
    if (!begins_number(at)) return read_rare_double(field, row, at);
    double value = 0;
    const auto* const end = scan_usual_double(at, value);
    if (end == nullptr) return read_rare_double(field, row, at);
    return keep(value, end, field, row);
}

const char* read_timestamp(FlatField& field, FlatRow row, const char* at) {
    constexpr int kLength = 22;  // with both quotes
    std::int64_t instant = 0;
    const bool read = *at == '"' && try_read_utc(at + 1, instant);
    return keep(instant, read ? at + kLength : nullptr, field, row);
}

const char* read_bool(FlatField& field, FlatRow row, const char* at) {
    bool value = false;
    const auto* const end = scan_bool(at, value);
    if (end == nullptr) return nullptr;
    field.open.flags[row.place] = value ? 1 : 0;
    return go_on(field, row, end);
}

const char* read_date(FlatField& field, FlatRow row, const char* at) {
    constexpr int kLength = 10;
    if (*at != '"' || at[kLength + 1] != '"') return nullptr;
    const auto day = parse_date({at + 1, kLength});
    if (!day) return nullptr;
    field.open.numbers[row.place] = *day;
    return go_on(field, row, at + kLength + 2);
}

const char* read_text(FlatField& field, FlatRow row, const char* at) {
    if (*at != '"') return nullptr;
    const auto* const end = end_of_string(at + 1);
    if (end == nullptr) return nullptr;
    field.reader->builder->put_text(row.place, between(at + 1, end));
    return go_on(field, row, end + 1);
}

[[gnu::noinline]] const char* read_rare_word(FlatField& field,
                                             FlatRow row,
                                             const char* at) {
    auto& cell = field.open.numbers[row.place];
    if (const auto* const known = find_known(*field.reader, at)) {
        cell = known->number;
        return go_on(field, row, at + known->text.size());
    }
    const auto* const end = end_of_string(at);
    if (end == nullptr) return nullptr;
    cell = number_of(*field.reader, between(at, end));
    return go_on(field, row, end + 1);
}

const char* read_word(FlatField& field, FlatRow row, const char* at) {
    if (*at++ != '"') return nullptr;
    const auto* const known = guess_known(*field.reader, at);
    if (known == nullptr) return read_rare_word(field, row, at);
    field.open.numbers[row.place] = known->number;
    return go_on(field, row, at + known->text.size());
}

const char* read_unwanted(FlatField& field, FlatRow row, const char* at) {
    const auto* const end = skip(at);
    return end == nullptr ? nullptr : go_on(field, row, end);
}

/// What is not read straight through, and what a NUL was taken for.
const char* leave_to_others(FlatField& /*field*/, FlatRow /*row*/, const char* /*at*/) {
    return nullptr;
}

ReadFlat read_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::Int64: return read_int64;
        case Kind::Double: return read_double;
        case Kind::Bool: return read_bool;
        case Kind::String: return read_text;
        case Kind::Dictionary: return read_word;
        case Kind::Timestamp: return read_timestamp;
        case Kind::Date: return read_date;
        case Kind::Skipped: return read_unwanted;
        case Kind::Struct:
        case Kind::List:
        case Kind::Keyed:
        case Kind::Json: break;  // such rows are not flat
    }
    return leave_to_others;
}

}  // namespace

FlatRows::FlatRows(ObjectReader& rows, bool bare)
    : rows_{rows},
      bare_{bare},
      is_flat_{!rows.is_nested && rows.fields.size() <= kMostFields} {
    if (!is_flat_) return;
    fields_.reserve(rows.fields.size() + 1);
    for (auto& reader : rows.fields) {
        const std::string_view name{reader.type->name};
        auto& field = fields_.emplace_back(
            Field{.name = QuotedText{name, ",\"", "\":"},
                  .bit = std::uint64_t{1} << fields_.size(),
                  .kind = reader.builder == nullptr ? Kind::Skipped : reader.type->kind,
                  .reader = &reader,
                  .stop = &stop_,
                  .name_as_first = QuotedText{name, "{\"", "\":"}});
        field.read =
            bare || field.name.can_be_found() ? read_of(field.kind) : leave_to_others;
        if (reader.builder == nullptr) continue;
        wanted_ |= field.bit;
        if (!reader.type->nullable) needed_ |= field.bit;
    }
    // A name that JSON writes otherwise is at no place.
    const QuotedText nowhere{"\n"};
    fields_.emplace_back(
        Field{.name = nowhere, .read = leave_to_others, .name_as_first = nowhere});
    // Until a row was seen: as the catalog has them, and after the last the first.
    fields_.back().next = fields_.data();
    for (std::size_t place = 0; place < rows.fields.size(); ++place) {
        fields_[place].next = &fields_[(place + 1) % rows.fields.size()];
    }
    if (bare) fields_.front().next = &fields_.back();
}

const char* FlatRows::try_read(const char* at) {
    if (count_ == room_ && !make_room()) return nullptr;
    const auto* const end = bare_ ? read_bare(at) : read_object(at);
    if (end != nullptr) ++count_;
    return end;
}

const char* FlatRows::read_following(const char* at, std::size_t& rows) {
    while (*at == ',') {
        const auto* const end = try_read(at + 1);
        if (end == nullptr) break;
        at = end;
        ++rows;
    }
    return at;
}

void FlatRows::close() {
    if (room_ == 0) return;
    for (const auto& field : fields_) {
        if (field.kind != Kind::Skipped) field.reader->builder->close(count_);
    }
    count_ = 0;
    room_ = 0;
}

/// As many rows as are expected, or twice as many as there are, so that a page of one
/// row costs no more than one, and a long one little more than itself. False if no row
/// is flat.
bool FlatRows::make_room() {
    if (!is_flat_) return false;
    const auto doubled = count_ == 0 ? 1 : 2 * count_;
    room_ = std::max(doubled, std::exchange(expected_, 0));
    for (auto& field : fields_) {
        if (field.kind == Kind::Skipped) continue;
        field.open = field.reader->builder->open(room_);
    }
    return true;
}

const char* FlatRows::read_bare(const char* at) {
    auto& field = fields_.front();
    const auto* const end = field.read(field, {.place = count_}, at);
    return end != nullptr && ends_number(*end) ? end : nullptr;
}

const char* FlatRows::read_object(const char* at) {
    if (*at != '{') return nullptr;
    stop_ = {.last = &fields_.back()};
    for (auto* field = first(at);; field = search(*stop_.last, at)) {
        at = field == nullptr ? skip_unknown(at + 1) : read_from(*field, at);
        if (at == nullptr) return nullptr;
        if (*at == '}') break;
        if (*at != ',') return nullptr;
    }
    const auto missing = wanted_ & ~stop_.met;
    return missing == 0 || add_missing(missing) ? at + 1 : nullptr;
}

/// The field at hand, from the comma or brace before it on, and those after it that are
/// where they were expected. One that was met before is for others.
const char* FlatRows::read_from(Field& field, const char* at) {
    if ((stop_.met & field.bit) != 0) return nullptr;
    const FlatRow row{.place = count_, .met = stop_.met | field.bit};
    return field.read(field, row, at + field.name.size());
}

/// The field that the object begins with; null if it is none that is known.
FlatRows::Field* FlatRows::first(const char* at) {
    auto& before = fields_.back();
    return before.next->name_as_first.is_at(at) ? before.next : search(before, at);
}

/// The field that follows `before`, from the comma or brace before it on; null if it is
/// none that is known.
FlatRows::Field* FlatRows::search(Field& before, const char* at) {
    if (before.next->name.is_at(at)) return before.next;
    const auto place = at[1] == '"' ? rows_.names.search(at + 2) : FieldNames::kNone;
    if (place == FieldNames::kNone || at[rows_.names.quoted_size(place) + 2] != ':') {
        return nullptr;
    }
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

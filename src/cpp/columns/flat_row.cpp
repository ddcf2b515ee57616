#include "columns/flat_row.h"

#include "columns/moments.h"
#include "columns/number_text.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pyesi::columns {

namespace {

/// The end of a string that begins at `at`, after its opening quote; null if there is
/// an escape in it, or a control character, which no string may have. Such a one is
/// what comes after the text, so that a string without an end is none.
const char* end_of_string(const char* at) noexcept {
    constexpr unsigned char kFirstAllowed = 0x20;
    while (*at != '"' && *at != '\\' &&
           static_cast<unsigned char>(*at) >= kFirstAllowed) {
        ++at;
    }
    return *at == '"' ? at : nullptr;
}

const char* read_text(FieldReader& field, const char* at) {
    if (*at != '"') return nullptr;
    const auto* const start = at + 1;
    const auto* const end = end_of_string(start);
    if (end == nullptr) return nullptr;
    const std::string_view text{start, static_cast<std::size_t>(end - start)};
    if (field.type->kind == Kind::Dictionary) {
        field.builder->append_number(number_of(field, text));
    } else {
        field.builder->append_text(text);
    }
    return end + 1;
}

const char* read_int64(FieldReader& field, const char* at) {
    std::int64_t value = 0;
    const auto* const end = try_read_int64(at, value);
    if (end != nullptr) field.builder->append_int64(value);
    return end;
}

const char* read_double(FieldReader& field, const char* at) {
    double value = 0;
    const auto* const end = try_read_double(at, value);
    if (end != nullptr) field.builder->append_double(value);
    return end;
}

const char* read_bool(FieldReader& field, const char* at) {
    bool value = false;
    const auto* const end = try_read_bool(at, value);
    if (end != nullptr) field.builder->append_bool(value);
    return end;
}

const char* read_timestamp(FieldReader& field, const char* at) {
    constexpr int kLength = 22;  // with both quotes
    std::int64_t value = 0;
    if (*at != '"' || !try_read_utc(at + 1, value)) return nullptr;
    field.builder->append_int64(value);
    return at + kLength;
}

const char* read_date(FieldReader& field, const char* at) {
    constexpr int kLength = 10;
    if (*at != '"' || at[kLength + 1] != '"') return nullptr;
    const auto day = parse_date({at + 1, kLength});
    if (!day) return nullptr;
    field.builder->append_number(*day);
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
    const auto* const end = try_read_double(at, number);
    return end != nullptr ? end : try_read_bool(at, flag);
}

/// The character after the value, or null where it is for others to read.
const char* read_value(FieldReader& field, const char* at) {
    if (field.builder == nullptr) return skip(at);
    switch (field.type->kind) {
        case Kind::Int64: return read_int64(field, at);
        case Kind::Double: return read_double(field, at);
        case Kind::Bool: return read_bool(field, at);
        case Kind::String:
        case Kind::Dictionary: return read_text(field, at);
        case Kind::Timestamp: return read_timestamp(field, at);
        case Kind::Date: return read_date(field, at);
        case Kind::Struct:
        case Kind::List:
        case Kind::Keyed:
        case Kind::Json:
        case Kind::Skipped: break;
    }
    return nullptr;
}

const char* read_known(ObjectReader& row, std::size_t place, const char* at) {
    auto& field = row.fields[place];
    if (field.met_in == row.met) return nullptr;
    at += row.names.quoted_size(place);
    if (*at != ':') return nullptr;
    at = read_value(field, at + 1);
    if (at != nullptr) field.met_in = row.met;
    return at;
}

/// Past a field that the catalog does not know, which is noted.
const char* skip_unknown(ObjectReader& row, const char* at) {
    const auto* const end = end_of_string(at);
    // A name that is too long to be guessed is not unknown for that.
    const bool usual = end != nullptr && end - at < std::ptrdiff_t{FieldNames::kRoom};
    if (!usual || end[1] != ':') return nullptr;
    note_unknown(row, {at, static_cast<std::size_t>(end - at)});
    return skip(end + 2);
}

/// Reads all fields of the object, and counts the known ones that were there.
const char* read_fields(ObjectReader& row, const char* at, std::size_t& met) {
    for (;;) {
        if (*at++ != '"') return nullptr;
        const auto place = row.names.find(at);
        if (place == FieldNames::kNone) {
            at = skip_unknown(row, at);
        } else {
            at = read_known(row, place, at);
            ++met;
        }
        if (at == nullptr) return nullptr;
        if (*at == '}') return at + 1;
        if (*at++ != ',') return nullptr;
    }
}

/// Nulls for the fields that were not there; false if one of them must be.
bool add_missing(ObjectReader& row) {
    for (const auto& field : row.fields) {
        const bool missing = field.met_in != row.met && field.builder != nullptr;
        if (missing && !field.type->nullable) return false;
    }
    for (auto& field : row.fields) {
        if (field.met_in == row.met || field.builder == nullptr) continue;
        field.builder->append_null();
    }
    return true;
}

/// Takes back what the row's fields have got.
void take_back(ObjectReader& row) {
    for (auto& field : row.fields) {
        if (field.met_in != row.met || field.builder == nullptr) continue;
        field.builder->truncate(field.builder->length() - 1);
    }
}

}  // namespace

const char* try_read_flat_row(ObjectReader& row, const char* at, bool bare) {
    if (row.is_nested) return nullptr;
    if (bare) return read_value(row.fields.front(), at);
    if (*at != '{') return nullptr;
    ++row.met;
    row.names.begin();
    std::size_t met = 0;
    const auto* const end = read_fields(row, at + 1, met);
    if (end != nullptr && (met == row.fields.size() || add_missing(row))) return end;
    take_back(row);
    return nullptr;
}

}  // namespace pyesi::columns

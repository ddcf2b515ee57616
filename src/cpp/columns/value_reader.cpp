#include "columns/value_reader.h"

#include "columns/moments.h"
#include "columns/number_text.h"

#include <optional>
#include <utility>

namespace pyesi::columns {

namespace {

namespace od = simdjson::ondemand;

/// A column's kind as the type that was expected there.
std::string_view expected_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::Int64: return "an integer of 64 bits";
        case Kind::Double: return "a number";
        case Kind::Bool: return "true or false";
        case Kind::String:
        case Kind::Dictionary: return "a string";
        case Kind::Timestamp: return "a date-time";
        case Kind::Date: return "a date";
        case Kind::Struct:
        case Kind::Keyed: return "an object";
        case Kind::List: return "an array";
        case Kind::Json:
        case Kind::Skipped: break;
    }
    return "a value";
}

std::string_view name_of(od::json_type type) noexcept {
    switch (type) {
        case od::json_type::array: return "an array";
        case od::json_type::object: return "an object";
        case od::json_type::number: return "another number";
        case od::json_type::string: return "another string";
        case od::json_type::boolean: return "true or false";
        default: return "null";
    }
}

/// The value's first character. A number or word that is read from there is left where
/// it is: simdjson goes past it by itself.
const char* start_of(od::value& value) noexcept {
    return value.raw_json_token().data();
}

bool is_of(od::json_type type, od::value& value) noexcept {
    auto there = od::json_type::null;
    return value.type().get(there) == simdjson::SUCCESS && there == type;
}

}  // namespace

bool ValueReader::fail(simdjson::error_code error) {
    return fail(std::string{"it is not JSON: "} + simdjson::error_message(error));
}

bool ValueReader::fail(std::string what) {
    trouble.what = std::move(what);
    return false;
}

bool ValueReader::check(Value& value) {
    const auto error = check_json(value, texts_);
    return error == simdjson::SUCCESS || fail(error);
}

bool ValueReader::read_name(od::raw_json_string raw, std::string_view& name) {
    const auto text = texts_.read(raw);
    if (!text) return fail(simdjson::STRING_ERROR);
    name = *text;
    return true;
}

bool ValueReader::read_row(ObjectReader& row, Value& value) {
    if (plan_.bare) return read(row.fields.front(), value);
    return read_object_row(row, value);
}

bool ValueReader::read_object_row(ObjectReader& row, Value& value) {
    if (is_of(od::json_type::object, value)) {
        od::object fields;
        if (const auto error = value.get_object().get(fields)) return fail(error);
        return read_object(row, fields);
    }
    auto type = od::json_type::null;
    if (const auto error = value.type().get(type)) return fail(error);
    if (!check(value)) return false;
    return fail("expected an object, got " + std::string{name_of(type)});
}

bool ValueReader::read(FieldReader& field, Value& value) {
    switch (field.type->kind) {
        case Kind::Int64: return read_int64(field, value);
        case Kind::Double: return read_double(field, value);
        case Kind::Bool: return read_bool(field, value);
        case Kind::String:
        case Kind::Dictionary:
        case Kind::Timestamp:
        case Kind::Date: return read_string(field, value);
        case Kind::Struct: return read_struct(field, value);
        case Kind::List: return read_list(field, value);
        case Kind::Keyed: return read_keyed(field, value);
        case Kind::Json: return read_json(field, value);
        case Kind::Skipped: break;
    }
    return check(value);
}

bool ValueReader::read_object(ObjectReader& object, od::object fields) {
    const auto number = ++object.met;
    object.names.begin();
    std::size_t met = 0;
    for (auto item : fields) {
        od::field field;
        if (const auto error = std::move(item).get(field)) return fail(error);
        const auto place = object.names.find(field.key().raw());
        if (place == FieldNames::kNone) {
            if (!read_unknown(object, field)) return false;
            met = 0;  // it may have been a known name, written with escapes
            continue;
        }
        auto& known = object.fields[place];
        if (known.met_in != number) ++met;
        if (!read_field(known, field.value(), number)) return false;
    }
    return met == object.fields.size() || add_missing(object);
}

/// Of two fields with one name the last one holds.
bool ValueReader::read_field(FieldReader& field, Value& value, std::uint64_t object) {
    if (field.met_in == object && field.builder != nullptr) {
        field.builder->truncate(field.builder->length() - 1);
    }
    field.met_in = object;
    if (read(field, value)) return true;
    trouble.path.push_back(field.type->name);
    return false;
}

bool ValueReader::read_unknown(ObjectReader& object, od::field& field) {
    std::string_view name;
    if (!read_name(field.key(), name)) return false;
    const auto place = object.names.find_text(name);
    if (place != FieldNames::kNone) {
        return read_field(object.fields[place], field.value(), object.met);
    }
    note_unknown(object, name);
    return check(field.value());
}

bool ValueReader::add_missing(ObjectReader& object) {
    for (auto& field : object.fields) {
        if (field.met_in == object.met || field.builder == nullptr) continue;
        if (field.type->nullable) {
            field.builder->append_null();
        } else if (!misfit(field, "nothing")) {
            trouble.path.push_back(field.type->name);
            return false;
        }
    }
    return true;
}

bool ValueReader::read_int64(FieldReader& field, Value& value) {
    std::int64_t number = 0;
    if (try_read_int64(start_of(value), number) == nullptr &&
        value.get_int64().get(number) != simdjson::SUCCESS) {
        return read_other(field, value);
    }
    field.builder->append_int64(number);
    return true;
}

bool ValueReader::read_double(FieldReader& field, Value& value) {
    double number = 0;
    if (try_read_double(start_of(value), number) == nullptr &&
        value.get_double().get(number) != simdjson::SUCCESS) {
        return read_other(field, value);
    }
    field.builder->append_double(number);
    return true;
}

bool ValueReader::read_bool(FieldReader& field, Value& value) {
    bool flag = false;
    if (try_read_bool(start_of(value), flag) == nullptr) {
        return read_other(field, value);
    }
    field.builder->append_bool(flag);
    return true;
}

bool ValueReader::read_string(FieldReader& field, Value& value) {
    od::raw_json_string raw;
    if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS) {
        return read_other(field, value);
    }
    const auto text = texts_.read(raw);
    if (!text) return fail(simdjson::STRING_ERROR);
    return take_text(field, *text);
}

bool ValueReader::take_text(FieldReader& field, std::string_view text) {
    switch (field.type->kind) {
        case Kind::Timestamp:
            if (const auto instant = parse_date_time(text)) {
                field.builder->append_int64(*instant);
                return true;
            }
            return misfit(field, "another string");
        case Kind::Date:
            if (const auto day = parse_date(text)) {
                field.builder->append_number(*day);
                return true;
            }
            return misfit(field, "another string");
        case Kind::Dictionary:
            field.builder->append_number(number_of(field, text));
            return true;
        default: field.builder->append_text(text); return true;
    }
}

bool ValueReader::read_struct(FieldReader& field, Value& value) {
    if (!is_of(od::json_type::object, value)) return read_other(field, value);
    od::object fields;
    if (const auto error = value.get_object().get(fields)) return fail(error);
    if (!read_object(*field.object, fields)) return false;
    field.builder->append_parent();
    return true;
}

bool ValueReader::read_list(FieldReader& field, Value& value) {
    if (!is_of(od::json_type::array, value)) return read_other(field, value);
    od::array items;
    if (const auto error = value.get_array().get(items)) return fail(error);
    for (auto one : items) {
        Value item;
        if (const auto error = one.get(item)) return fail(error);
        if (!read(*field.item, item)) {
            trouble.path.emplace_back("[]");
            return false;
        }
    }
    field.builder->append_parent();
    return true;
}

/// Once to see which names stand there twice, and once to read.
bool ValueReader::read_keyed(FieldReader& field, Value& value) {
    if (!is_of(od::json_type::object, value)) return read_other(field, value);
    od::object fields;
    if (const auto error = value.get_object().get(fields)) return fail(error);
    std::unordered_map<std::string, int> left;
    if (!count_names(fields, left)) return false;
    if (const auto error = fields.reset().error()) return fail(error);
    auto& entries = field.builder->child(0);
    for (auto one : fields) {
        od::field entry;
        if (const auto error = std::move(one).get(entry)) return fail(error);
        std::string_view name;
        if (!read_name(entry.key(), name)) return false;
        if (--left.find(std::string{name})->second > 0) continue;  // not the last
        entries.child(0).append_text(name);
        if (!read(*field.item, entry.value())) {
            trouble.path.emplace_back("[]");
            return false;
        }
        entries.append_parent();
    }
    field.builder->append_parent();
    return true;
}

bool ValueReader::count_names(od::object& fields,
                              std::unordered_map<std::string, int>& counts) {
    for (auto one : fields) {
        od::field entry;
        if (const auto error = std::move(one).get(entry)) return fail(error);
        std::string_view name;
        if (!read_name(entry.key(), name)) return false;
        ++counts[std::string{name}];
        if (!check(entry.value())) return false;
    }
    return true;
}

bool ValueReader::read_json(FieldReader& field, Value& value) {
    auto type = od::json_type::null;
    if (const auto error = value.type().get(type)) return fail(error);
    if (type == od::json_type::null) return read_other(field, value);
    const char* const start = value.raw_json_token().data();
    const auto token = trimmed(value.raw_json_token());
    if (!check(value)) return false;
    if (type != od::json_type::array && type != od::json_type::object) {
        field.builder->append_text(token);
        return true;
    }
    const char* end = nullptr;
    if (const auto error = value.current_location().get(end)) return fail(error);
    field.builder->append_text(trimmed({start, static_cast<std::size_t>(end - start)}));
    return true;
}

bool ValueReader::read_other(FieldReader& field, Value& value) {
    auto type = od::json_type::null;
    if (const auto error = value.type().get(type)) return fail(error);
    if (!check(value)) return false;
    if (type != od::json_type::null) return misfit(field, name_of(type));
    if (!field.type->nullable) return misfit(field, "null");
    field.builder->append_null();
    return true;
}

bool ValueReader::misfit(FieldReader& field, std::string_view got) {
    if (plan_.misfits_to_null) {
        field.builder->append_null();
        ++misfits_;
        return true;
    }
    return fail("expected " + std::string{expected_of(field.type->kind)} + ", got " +
                std::string{got});
}

}  // namespace pyesi::columns

#include "columns/column_type.h"

#include <array>
#include <stdexcept>
#include <utility>

namespace pyesi::columns {

namespace {

constexpr std::array kKinds{Kind::Int64,
                            Kind::Double,
                            Kind::Bool,
                            Kind::String,
                            Kind::Dictionary,
                            Kind::Timestamp,
                            Kind::Date,
                            Kind::Struct,
                            Kind::List,
                            Kind::Keyed,
                            Kind::Json,
                            Kind::Skipped};

std::string text_of_fields(const ColumnType& type) {
    std::string text;
    for (const auto& field : type.children) {
        if (!text.empty()) text += ", ";
        text += field.name + ": " + text_of(field);
    }
    return text;
}

}  // namespace

std::string_view name_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::Int64: return "int64";
        case Kind::Double: return "double";
        case Kind::Bool: return "bool";
        case Kind::String: return "string";
        case Kind::Dictionary: return "dictionary";
        case Kind::Timestamp: return "timestamp";
        case Kind::Date: return "date";
        case Kind::Struct: return "struct";
        case Kind::List: return "list";
        case Kind::Keyed: return "keyed";
        case Kind::Json: return "json";
        case Kind::Skipped: return "skipped";
    }
    return "skipped";
}

Kind parse_kind(std::string_view name) {
    for (const auto kind : kKinds) {
        if (name_of(kind) == name) return kind;
    }
    throw std::invalid_argument{"there is no kind of column called " +
                                std::string{name}};
}

const char* arrow_format(Kind kind) noexcept {
    switch (kind) {
        case Kind::Int64: return "l";
        case Kind::Double: return "g";
        case Kind::Bool: return "b";
        case Kind::Json:
        case Kind::String: return "u";
        case Kind::Dictionary: return "i";
        case Kind::Timestamp: return "tsm:UTC";
        case Kind::Date: return "tdD";
        case Kind::Struct: return "+s";
        case Kind::Keyed:
        case Kind::List: return "+l";
        case Kind::Skipped: return "n";
    }
    return "n";
}

std::string text_of(const ColumnType& type) {
    switch (type.kind) {
        case Kind::Dictionary: return "dictionary<string>";
        case Kind::Timestamp: return "timestamp[ms, UTC]";
        case Kind::Struct: return "struct<" + text_of_fields(type) + ">";
        case Kind::Keyed:
        case Kind::List: return "list<" + text_of(type.children.front()) + ">";
        case Kind::Int64:
        case Kind::Double:
        case Kind::Bool:
        case Kind::String:
        case Kind::Date:
        case Kind::Json:
        case Kind::Skipped: break;
    }
    return std::string{name_of(type.kind)};
}

}  // namespace pyesi::columns

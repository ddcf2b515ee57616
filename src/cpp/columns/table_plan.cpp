#include "columns/table_plan.h"

#include <algorithm>
#include <set>

namespace pyesi::columns {

namespace {

bool can_be_given(Kind kind) noexcept {
    return kind == Kind::Int64 || kind == Kind::Double || kind == Kind::Bool ||
           kind == Kind::String || kind == Kind::Timestamp;
}

bool fits(const GivenColumn& given) noexcept {
    switch (given.from) {
        case GivenFrom::Caller: return can_be_given(given.type.kind);
        case GivenFrom::Page: return given.type.kind == Kind::Int64;
        case GivenFrom::LastModified: return given.type.kind == Kind::Timestamp;
    }
    return false;
}

/// Children where the kind needs them, a dictionary where it needs one.
bool is_whole(const ColumnType& type) {
    const auto& fields = type.children;
    if (!std::ranges::all_of(fields, is_whole)) return false;
    switch (type.kind) {
        case Kind::Dictionary: return type.dictionary != nullptr;
        case Kind::List: return fields.size() == 1;
        case Kind::Keyed:
            return fields.size() == 1 && fields[0].kind == Kind::Struct &&
                   fields[0].children.size() == 2 &&
                   fields[0].children[0].kind == Kind::String;
        default: return true;
    }
}

bool is_skipped(const std::vector<ColumnType>& columns, const std::string& name) {
    const auto column = std::ranges::find(columns, name, &ColumnType::name);
    return column != columns.end() && column->kind == Kind::Skipped;
}

std::optional<std::string> fault_of_key(const std::vector<ColumnType>& columns,
                                        const std::string& key) {
    if (key.empty()) return std::nullopt;
    const auto column = std::ranges::find(columns, key, &ColumnType::name);
    if (column == columns.end()) return "the key " + key + " is no column";
    if (column->kind != Kind::Int64 && column->kind != Kind::String) {
        return "the key " + key + " is neither int64 nor string";
    }
    return std::nullopt;
}

}  // namespace

std::vector<const ColumnType*> TablePlan::shown() const {
    std::vector<const ColumnType*> types;
    for (const auto& column : columns) {
        if (column.kind != Kind::Skipped) types.push_back(&column);
    }
    for (const auto& one : given) types.push_back(&one.type);
    return types;
}

std::optional<std::string> TablePlan::fault() const {
    std::set<std::string> names;
    for (const auto& column : columns) {
        if (!is_whole(column)) return "column " + column.name + " is not whole";
        if (!names.insert(column.name).second) return "two columns " + column.name;
    }
    // What is not shown leaves its name to a given column.
    std::erase_if(names, [&](const auto& name) { return is_skipped(columns, name); });
    for (const auto& one : given) {
        const auto& name = one.type.name;
        if (!fits(one)) return "column " + name + " cannot be given";
        if (!names.insert(name).second) return "two columns " + name;
    }
    if (bare && columns.size() != 1) return "bare rows have one column";
    return fault_of_key(columns, key);
}

}  // namespace pyesi::columns

#pragma once

// Plans and documents in few words, and batches as text.

#include "columns/batch_reader.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pyesi::columns::making {

inline ColumnType column(std::string name, Kind kind, bool nullable = false) {
    ColumnType type;
    type.name = std::move(name);
    type.kind = kind;
    type.nullable = nullable;
    return type;
}

inline ColumnType parent(std::string name,
                         Kind kind,
                         std::vector<ColumnType> children,
                         bool nullable = false) {
    auto type = column(std::move(name), kind, nullable);
    type.children = std::move(children);
    return type;
}

inline ColumnType dictionary(std::string name, std::vector<std::string> known) {
    auto type = column(std::move(name), Kind::Dictionary, true);
    type.dictionary = std::make_shared<Dictionary>(std::move(known));
    return type;
}

/// A name to any value of that type.
inline ColumnType keyed(std::string name, ColumnType value) {
    auto entry =
        parent("entry", Kind::Struct, {column("key", Kind::String), std::move(value)});
    return parent(std::move(name), Kind::Keyed, {std::move(entry)}, true);
}

inline TablePlan plan_of(std::vector<ColumnType> columns) {
    TablePlan plan{.route = "/things"};
    plan.columns = std::move(columns);
    return plan;
}

inline std::shared_ptr<const TablePlan> shared(TablePlan plan) {
    return std::make_shared<const TablePlan>(std::move(plan));
}

inline Document document(std::string_view json) {
    return {.json = base::Bytes{json}};
}

inline base::Result<RecordBatchPtr> read(const std::shared_ptr<const TablePlan>& plan,
                                         std::string_view json) {
    const std::vector documents{document(json)};
    return read_batch(plan, documents);
}

/// What a row of a column holds, as JSON.
nlohmann::json value_at(const ColumnArray& array, std::int64_t row);

inline nlohmann::json items_at(const ColumnArray& array, std::int64_t row) {
    auto items = nlohmann::json::array();
    for (auto item = array.offsets[row]; item < array.offsets[row + 1]; ++item) {
        items.push_back(value_at(array.children[0], item));
    }
    return items;
}

inline nlohmann::json fields_at(const ColumnArray& array, std::int64_t row) {
    auto fields = nlohmann::json::object();
    for (const auto& child : array.children) {
        fields[child.type->name] = value_at(child, row);
    }
    return fields;
}

inline nlohmann::json entries_at(const ColumnArray& array, std::int64_t row) {
    auto entries = nlohmann::json::object();
    for (const auto& entry : items_at(array, row))
        entries[entry["key"]] = entry["value"];
    return entries;
}

inline nlohmann::json value_at(const ColumnArray& array, std::int64_t row) {
    if (array.is_null(row)) return nullptr;
    const auto place = static_cast<std::size_t>(row);
    switch (array.type->kind) {
        case Kind::Int64:
        case Kind::Timestamp: return array.values_as<std::int64_t>()[place];
        case Kind::Double: return array.values_as<double>()[place];
        case Kind::Bool: return array.bit_at(row);
        case Kind::String: return std::string{array.text_at(row)};
        case Kind::Json: return nlohmann::json::parse(array.text_at(row));
        case Kind::Date: return array.values_as<std::int32_t>()[place];
        case Kind::Dictionary: {
            const auto number = array.values_as<std::int32_t>()[place];
            return array.type->dictionary->values()[static_cast<std::size_t>(number)];
        }
        case Kind::Struct: return fields_at(array, row);
        case Kind::List: return items_at(array, row);
        case Kind::Keyed: return entries_at(array, row);
        case Kind::Skipped: break;
    }
    return "a column that is skipped has no values";
}

/// All rows of a batch.
inline nlohmann::json rows_of(const RecordBatch& batch) {
    auto rows = nlohmann::json::array();
    for (std::int64_t row = 0; row < batch.rows; ++row) {
        auto fields = nlohmann::json::object();
        for (const auto& column : batch.columns) {
            fields[column.type->name] = value_at(column, row);
        }
        rows.push_back(std::move(fields));
    }
    return rows;
}

}  // namespace pyesi::columns::making

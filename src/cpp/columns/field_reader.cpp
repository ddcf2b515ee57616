#include "columns/field_reader.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace pyesi::columns {

namespace {

// A dictionary that grows without end is no enumeration: the rest is looked up in it.
constexpr std::size_t kKnownKept = 64;

std::vector<std::string_view> names_of(const std::vector<ColumnType>& types) {
    std::vector<std::string_view> names;
    names.reserve(types.size());
    for (const auto& type : types) names.emplace_back(type.name);
    return names;
}

std::unique_ptr<ObjectReader> make_object_reader(const ColumnType& type,
                                                 ColumnBuilder& builder) {
    auto object = std::make_unique<ObjectReader>(names_of(type.children));
    for (std::size_t place = 0; place < type.children.size(); ++place) {
        object->fields.push_back(
            make_field_reader(type.children[place], &builder.child(place)));
    }
    return object;
}

std::unique_ptr<FieldReader> make_item_reader(const ColumnType& type,
                                              ColumnBuilder& builder) {
    return std::make_unique<FieldReader>(make_field_reader(type, &builder));
}

void forget_unknown_of(FieldReader& field) {
    if (field.object) forget_unknown(*field.object);
    if (field.item) forget_unknown_of(*field.item);
}

void tell_unknown_of(const FieldReader& field,
                     const std::string& path,
                     std::set<std::string>& told) {
    if (field.object) tell_unknown(*field.object, path, told);
    if (field.item) tell_unknown_of(*field.item, path, told);
}

}  // namespace

FieldReader make_field_reader(const ColumnType& type, ColumnBuilder* builder) {
    FieldReader field;
    field.type = &type;
    field.builder = builder;
    if (builder == nullptr) return field;
    if (type.kind == Kind::Struct) {
        field.object = make_object_reader(type, *builder);
    } else if (type.kind == Kind::List) {
        field.item = make_item_reader(type.children[0], builder->child(0));
    } else if (type.kind == Kind::Keyed) {
        auto& entries = builder->child(0);
        field.item = make_item_reader(type.children[0].children[1], entries.child(1));
    }
    return field;
}

ObjectReader make_row_reader(const TablePlan& plan,
                             std::vector<ColumnBuilder>& columns) {
    ObjectReader row{names_of(plan.columns)};
    std::size_t next = 0;
    for (const auto& type : plan.columns) {
        auto* const builder = type.kind == Kind::Skipped ? nullptr : &columns[next++];
        row.fields.push_back(make_field_reader(type, builder));
        const auto& field = row.fields.back();
        row.is_nested |= field.object || field.item || type.kind == Kind::Json;
    }
    return row;
}

void note_unknown(ObjectReader& object, std::string_view name) {
    if (std::ranges::find(object.unknown, name) != object.unknown.end()) return;
    object.unknown.emplace_back(name);
}

const KnownValue* find_known(FieldReader& field, const char* at) noexcept {
    for (std::size_t place = 0; place < field.known.size(); ++place) {
        if (!field.known[place].text.is_at(at)) continue;
        field.last_known[bucket_of(at)] = static_cast<std::uint8_t>(place);
        return &field.known[place];
    }
    return nullptr;
}

std::int32_t number_of(FieldReader& field, std::string_view value) {
    auto& known = field.known;
    const auto found =
        std::ranges::find(known, value, [](const KnownValue& one) -> std::string_view {
            return one.text.text();
        });
    if (found != known.end()) return found->number;
    const auto number = field.type->dictionary->index_of(value);
    if (known.size() < kKnownKept) {
        known.push_back({.text = QuotedText{value}, .number = number});
    }
    return number;
}

void forget_unknown(ObjectReader& object) {
    object.unknown.clear();
    for (auto& field : object.fields) forget_unknown_of(field);
}

void tell_unknown(const ObjectReader& object,
                  const std::string& path,
                  std::set<std::string>& told) {
    for (const auto& name : object.unknown) told.insert(path + name);
    for (const auto& field : object.fields) {
        tell_unknown_of(field, path + field.type->name + ".", told);
    }
}

}  // namespace pyesi::columns

#include "columns/arrow_export.h"

#include "columns/buffer_room.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

namespace pyesi::columns {

namespace {

// What C structs own on our side. `release` frees it and marks the struct released, as
// the interface asks; children are ours until somebody moves them out.

struct OwnedSchema {
    std::string name;
    std::vector<ArrowSchema> children;
    std::vector<ArrowSchema*> child_pointers;
    ArrowSchema dictionary{};
};

struct OwnedArray {
    RecordBatchPtr batch;  ///< keeps the buffers
    std::array<const void*, 3> buffers{};
    std::vector<ArrowArray> children;
    std::vector<ArrowArray*> child_pointers;
    ArrowArray dictionary{};
    std::shared_ptr<const std::byte> own_buffers;  ///< of a dictionary
};

template <class T>
void release_part(T& part) noexcept {
    if (part.release != nullptr) part.release(&part);
}

void release_schema(ArrowSchema* schema) noexcept {
    auto* const owned = static_cast<OwnedSchema*>(schema->private_data);
    for (auto& child : owned->children) release_part(child);
    release_part(owned->dictionary);
    delete owned;  // NOLINT(cppcoreguidelines-owning-memory): C keeps the pointer
    schema->release = nullptr;
}

void release_array(ArrowArray* array) noexcept {
    auto* const owned = static_cast<OwnedArray*>(array->private_data);
    for (auto& child : owned->children) release_part(child);
    release_part(owned->dictionary);
    delete owned;  // NOLINT(cppcoreguidelines-owning-memory): C keeps the pointer
    array->release = nullptr;
}

template <class Owned, class T>
void point_to_children(Owned& owned, T& out) {
    for (auto& child : owned.children) owned.child_pointers.push_back(&child);
    out.n_children = static_cast<std::int64_t>(owned.child_pointers.size());
    out.children = owned.child_pointers.empty() ? nullptr : owned.child_pointers.data();
}

ArrowSchema make_schema(const char* format, std::string name, bool nullable) {
    auto owned = std::make_unique<OwnedSchema>();
    owned->name = std::move(name);
    ArrowSchema schema{};
    schema.format = format;
    schema.name = owned->name.c_str();
    schema.flags = nullable ? kArrowNullable : 0;
    schema.release = release_schema;
    schema.private_data = owned.release();
    return schema;
}

OwnedSchema& owned_by(ArrowSchema& schema) noexcept {
    return *static_cast<OwnedSchema*>(schema.private_data);
}

/// `lax`: also what must be there may be null, since something around it may be, or
/// since what did not fit is.
ArrowSchema schema_of(const ColumnType& type, bool lax) {
    const bool nullable = lax || type.nullable;
    auto schema = make_schema(arrow_format(type.kind), type.name, nullable);
    auto& owned = owned_by(schema);
    owned.children.reserve(type.children.size());
    const bool within = type.kind == Kind::Struct ? nullable : lax;
    for (const auto& child : type.children) {
        owned.children.push_back(schema_of(child, within));
    }
    point_to_children(owned, schema);
    if (type.kind == Kind::Dictionary) {
        owned.dictionary = make_schema("u", "", true);
        schema.dictionary = &owned.dictionary;
    }
    return schema;
}

/// The values of a dictionary as a string array.
ArrowArray dictionary_array(const Dictionary& dictionary) {
    const auto values = dictionary.values();
    std::string text;
    std::vector<std::int32_t> offsets{0};
    for (const auto& value : values) {
        text += value;
        offsets.push_back(static_cast<std::int32_t>(text.size()));
    }
    const std::span<const std::int32_t> ends{offsets};
    BufferRoom room{BufferRoom::rounded(ends.size_bytes()) +
                    BufferRoom::rounded(text.size())};
    auto owned = std::make_unique<OwnedArray>();
    owned->buffers[1] = room.copy(ends);
    owned->buffers[2] = room.copy(std::span<const char>{text});
    owned->own_buffers = std::move(room).share();
    ArrowArray array{};
    array.length = static_cast<std::int64_t>(values.size());
    array.n_buffers = 3;
    array.buffers = owned->buffers.data();
    array.release = release_array;
    array.private_data = owned.release();
    return array;
}

std::int64_t buffers_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::Struct: return 1;
        case Kind::String:
        case Kind::Json: return 3;
        case Kind::Int64:
        case Kind::Double:
        case Kind::Bool:
        case Kind::Dictionary:
        case Kind::Timestamp:
        case Kind::Date:
        case Kind::List:
        case Kind::Keyed:
        case Kind::Skipped: break;
    }
    return 2;
}

/// Which rows of a column are told.
struct Rows {
    std::int64_t offset = 0;
    std::int64_t length = 0;
};

ArrowArray array_of(const ColumnArray& column, const RecordBatchPtr& batch, Rows rows) {
    auto owned = std::make_unique<OwnedArray>();
    owned->batch = batch;
    owned->buffers[0] = column.validity;
    owned->buffers[1] = column.offsets != nullptr ? column.offsets : column.values;
    owned->buffers[2] = column.values;
    owned->children.reserve(column.children.size());
    for (const auto& child : column.children) {
        owned->children.push_back(array_of(child, batch, {0, child.length}));
    }
    ArrowArray array{};
    array.offset = rows.offset;
    array.length = rows.length;
    // -1: whoever needs it counts them.
    const bool whole = rows.length == column.length;
    array.null_count = whole || column.null_count == 0 ? column.null_count : -1;
    array.n_buffers = buffers_of(column.type->kind);
    array.buffers = owned->buffers.data();
    point_to_children(*owned, array);
    if (column.type->kind == Kind::Dictionary) {
        owned->dictionary = dictionary_array(*column.type->dictionary);
        array.dictionary = &owned->dictionary;
    }
    array.release = release_array;
    array.private_data = owned.release();
    return array;
}

struct OwnedStream {
    std::shared_ptr<const TablePlan> plan;
    std::vector<BatchSlice> slices;
    std::size_t next = 0;
    std::string error;
};

OwnedStream& owned_by(ArrowArrayStream* stream) noexcept {
    return *static_cast<OwnedStream*>(stream->private_data);
}

/// No exception crosses the interface: it is kept as text, and told by a number.
template <class Make>
int guarded(ArrowArrayStream* stream, Make&& make) noexcept {
    try {
        std::forward<Make>(make)(owned_by(stream));
        return 0;
    } catch (const std::exception& error) {
        owned_by(stream).error = error.what();
        return ENOMEM;
    }
}

int next_schema(ArrowArrayStream* stream, ArrowSchema* out) noexcept {
    return guarded(stream, [&](OwnedStream& own) { export_schema(*own.plan, out); });
}

int next_batch(ArrowArrayStream* stream, ArrowArray* out) noexcept {
    return guarded(stream, [&](OwnedStream& own) {
        *out = ArrowArray{};
        if (own.next == own.slices.size()) return;
        export_batch(own.slices[own.next++], out);
    });
}

const char* last_error(ArrowArrayStream* stream) noexcept {
    const auto& error = owned_by(stream).error;
    return error.empty() ? nullptr : error.c_str();
}

void release_stream(ArrowArrayStream* stream) noexcept {
    delete &owned_by(stream);  // NOLINT(cppcoreguidelines-owning-memory)
    stream->release = nullptr;
}

}  // namespace

void export_schema(const TablePlan& plan, ArrowSchema* out) {
    auto schema = make_schema("+s", "", false);
    auto& owned = owned_by(schema);
    const auto shown = plan.shown();
    owned.children.reserve(shown.size());
    for (const auto* type : shown) {
        owned.children.push_back(schema_of(*type, plan.misfits_to_null));
    }
    point_to_children(owned, schema);
    *out = schema;
}

void export_batch(const BatchSlice& slice, ArrowArray* out) {
    auto owned = std::make_unique<OwnedArray>();
    owned->batch = slice.batch;
    owned->children.reserve(slice.batch->columns.size());
    for (const auto& column : slice.batch->columns) {
        // The columns are sliced, not the struct: pyarrow takes no struct with an
        // offset for a record batch.
        const Rows rows{slice.offset, slice.length};
        owned->children.push_back(array_of(column, slice.batch, rows));
    }
    ArrowArray array{};
    array.length = slice.length;
    array.n_buffers = 1;
    array.buffers = owned->buffers.data();
    point_to_children(*owned, array);
    array.release = release_array;
    array.private_data = owned.release();
    *out = array;
}

void export_stream(std::shared_ptr<const TablePlan> plan,
                   std::vector<BatchSlice> slices,
                   ArrowArrayStream* out) {
    auto owned = std::make_unique<OwnedStream>();
    owned->plan = std::move(plan);
    owned->slices = std::move(slices);
    ArrowArrayStream stream{};
    stream.get_schema = next_schema;
    stream.get_next = next_batch;
    stream.get_last_error = last_error;
    stream.release = release_stream;
    stream.private_data = owned.release();
    *out = stream;
}

}  // namespace pyesi::columns

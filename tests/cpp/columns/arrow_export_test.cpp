#include "columns/arrow_export.h"

#include "columns/making.h"

#include <gtest/gtest.h>

#include <cstring>

namespace pyesi::columns {
namespace {

using namespace making;

std::shared_ptr<const TablePlan> plan() {
    auto in = parent("in", Kind::Struct, {column("x", Kind::Int64)}, true);
    return shared(plan_of({column("a", Kind::Int64),
                           dictionary("e", {"x"}),
                           in,
                           column("s", Kind::Skipped)}));
}

RecordBatchPtr batch() {
    auto made =
        read(plan(), R"([{"a":1,"e":"y"},{"a":2,"in":{"x":7}},{"a":3,"e":"x"}])");
    EXPECT_TRUE(made);
    return *made;
}

TEST(ArrowExport, TheSchemaNamesWhatIsShown) {
    ArrowSchema schema{};
    export_schema(*plan(), &schema);
    ASSERT_EQ(schema.n_children, 3);
    EXPECT_STREQ(schema.format, "+s");
    EXPECT_STREQ(schema.children[0]->name, "a");
    EXPECT_STREQ(schema.children[0]->format, "l");
    EXPECT_EQ(schema.children[0]->flags, 0);
    EXPECT_STREQ(schema.children[1]->format, "i");
    ASSERT_NE(schema.children[1]->dictionary, nullptr);
    EXPECT_STREQ(schema.children[1]->dictionary->format, "u");
    // Within what may be null, what must be there may be null as well.
    EXPECT_EQ(schema.children[2]->children[0]->flags, kArrowNullable);
    schema.release(&schema);
    EXPECT_EQ(schema.release, nullptr);
}

TEST(ArrowExport, TheBuffersLiveAsLongAsTheArray) {
    ArrowArray array{};
    {
        const auto held = batch();
        export_batch({held, 0, held->rows}, &array);
    }
    ASSERT_EQ(array.length, 3);
    const auto* const numbers =
        static_cast<const std::int64_t*>(array.children[0]->buffers[1]);
    EXPECT_EQ(numbers[2], 3);
    EXPECT_EQ(array.children[1]->dictionary->length, 2);
    EXPECT_EQ(array.children[1]->null_count, 1);
    array.release(&array);
    EXPECT_EQ(array.release, nullptr);
}

TEST(ArrowExport, AChildThatWasMovedOutOutlivesItsParent) {
    ArrowArray array{};
    export_batch({batch(), 0, 3}, &array);
    ArrowArray child = *array.children[0];
    array.children[0]->release = nullptr;
    array.release(&array);
    EXPECT_EQ(static_cast<const std::int64_t*>(child.buffers[1])[0], 1);
    child.release(&child);
}

TEST(ArrowExport, ASliceTellsItsOffsetByItsColumns) {
    ArrowArray array{};
    export_batch({batch(), 1, 2}, &array);
    EXPECT_EQ(array.offset, 0);
    EXPECT_EQ(array.length, 2);
    EXPECT_EQ(array.children[0]->offset, 1);
    EXPECT_EQ(array.children[0]->length, 2);
    EXPECT_EQ(array.children[1]->null_count, -1);
    array.release(&array);
}

TEST(ArrowExport, BuffersBeginAtMultiplesOfSixtyFour) {
    const auto held = batch();
    for (const auto& column : held->columns) {
        for (const void* buffer : {column.values,
                                   static_cast<const void*>(column.offsets),
                                   static_cast<const void*>(column.validity)}) {
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer) % 64, 0U);
        }
    }
}

TEST(ArrowExport, AStreamGivesEachSliceOnceAndThenItsEnd) {
    ArrowArrayStream stream{};
    const auto held = batch();
    export_stream(held->plan, {{held, 0, 3}, {held, 2, 1}}, &stream);
    ArrowSchema schema{};
    ASSERT_EQ(stream.get_schema(&stream, &schema), 0);
    schema.release(&schema);
    for (const auto length : {3, 1}) {
        ArrowArray array{};
        ASSERT_EQ(stream.get_next(&stream, &array), 0);
        EXPECT_EQ(array.length, length);
        array.release(&array);
    }
    ArrowArray end{};
    ASSERT_EQ(stream.get_next(&stream, &end), 0);
    EXPECT_EQ(end.release, nullptr);
    EXPECT_EQ(stream.get_last_error(&stream), nullptr);
    stream.release(&stream);
    EXPECT_EQ(stream.release, nullptr);
}

}  // namespace
}  // namespace pyesi::columns

#include "cache/application_value.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

TEST(ApplicationValue, KeepsItsBytesAndHowTheyWereGiven) {
    for (const auto kind :
         {EntryKind::BytesValue, EntryKind::TextValue, EntryKind::JsonValue}) {
        const auto entry =
            make_value_entry({kind, base::Bytes{"{}"}, 300s}, kStart, kNoon);
        EXPECT_EQ(entry->kind, kind);
        EXPECT_EQ(entry->response.body.bytes.view(), "{}");
        EXPECT_EQ(entry->response.body.decoded_size, 2U);
        EXPECT_EQ(entry->times.freshness_lifetime.source, LifetimeSource::Application);
    }
}

TEST(ApplicationValue, IsGoneAtItsEndWhereAnAnswerWouldStay) {
    const auto value =
        make_value_entry({EntryKind::BytesValue, {}, 300s}, kStart, kNoon);
    EXPECT_FALSE(value->is_gone(kStart + 300s - 1ns));
    EXPECT_TRUE(value->is_gone(kStart + 300s));
    EXPECT_EQ(value->times.expires_at, kNoon + 300s);
    EXPECT_FALSE(entry({{"cache-control", "max-age=1"}})->is_gone(kStart + 1h));
}

TEST(ApplicationValue, WithoutAnEndItStays) {
    const auto value =
        make_value_entry({EntryKind::BytesValue, {}, std::nullopt}, kStart, kNoon);
    EXPECT_FALSE(value->is_gone(kStart + 24h * 365 * 200));
}

TEST(ApplicationValue, ALengthOfZeroOrLessIsOverAtOnce) {
    for (const base::Duration expire : {base::Duration{0}, base::Duration{-5s}}) {
        EXPECT_TRUE(make_value_entry({EntryKind::BytesValue, {}, expire}, kStart, kNoon)
                        ->is_gone(kStart));
    }
}

TEST(ApplicationValue, NoLengthOverflows) {
    const auto value = make_value_entry(
        {EntryKind::BytesValue, {}, base::Duration::max()}, kStart, kNoon);
    EXPECT_FALSE(value->is_gone(kStart + 24h * 365 * 30));
    EXPECT_GT(value->times.expires_at, kNoon);
}

}  // namespace
}  // namespace pyesi::cache

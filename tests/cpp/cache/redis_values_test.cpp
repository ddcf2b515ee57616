#include "cache/redis_values.h"

#include "cache/application_value.h"
#include "cache/examples.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::cache {
namespace {

using namespace examples;

constexpr std::int64_t kWeek = 7LL * 24 * 3600 * 1000;

constexpr ClockReading kHere{kStart, kNoon, 1};

const CacheKey& some_key() {
    static const CacheKey made = make_key("r0-1:v/a");
    return made;
}

EntryPtr fresh_for(std::string_view cache_control) {
    return entry({{"cache-control", cache_control}});
}

TEST(RedisValues, AnAnswerOutlivesItsFreshnessByAWeek) {
    EXPECT_EQ(redis_life_of(*fresh_for("max-age=60"), kStart), kWeek + 60'000);
    EXPECT_EQ(redis_life_of(*fresh_for("max-age=60"), kStart + 59s), kWeek + 1'000);
    EXPECT_EQ(redis_life_of(*fresh_for("max-age=60"), kStart + 100h), kWeek);
    EXPECT_EQ(redis_life_of(*fresh_for("no-cache"), kStart), kWeek);
}

TEST(RedisValues, AValueEndsWithItsFreshness) {
    const auto value =
        make_value_entry({EntryKind::TextValue, base::Bytes{"x"}, 5s}, kStart, kNoon);
    EXPECT_EQ(redis_life_of(*value, kStart), 5'000);
    // Redis refuses a life of nothing.
    EXPECT_EQ(redis_life_of(*value, kStart + 1h), 1);
    Entry endless{*value};
    endless.times.fresh_until = base::TimePoint::max();
    EXPECT_EQ(redis_life_of(endless, kStart), kWeek);
}

TEST(RedisValues, ANameLeadsBackToItsKeyAndNoOtherToAny) {
    EXPECT_EQ(key_of_redis_name(redis_name("a:b")), "a:b");
    EXPECT_EQ(key_of_redis_name("pyesi:2:a:b"), std::nullopt);
    EXPECT_EQ(key_of_redis_name("theirs"), std::nullopt);
}

TEST(RedisValues, ReadsWhatWasWrittenForThatKey) {
    const auto bytes = encode_entry(some_key(), *fresh_for("max-age=60"), 1);
    const auto read = read_redis_value(some_key(), bytes, kHere);
    ASSERT_EQ(read.kind, RedisValue::Kind::Entry);
    EXPECT_EQ(read.entry->times.fresh_until, kStart + 60s);
    EXPECT_EQ(read_redis_value(make_key("r0-1:v/b"), bytes, kHere).kind,
              RedisValue::Kind::Damaged);
}

TEST(RedisValues, TheAgeOfAnothersEntryIsToldByTheWallClocks) {
    const auto bytes = encode_entry(some_key(), *fresh_for("max-age=60"), 7);
    const ClockReading elsewhere{kStart + 1000h, kNoon + 20s, 8};
    const auto read = read_redis_value(some_key(), bytes, elsewhere);
    ASSERT_EQ(read.kind, RedisValue::Kind::Entry);
    EXPECT_EQ(read.entry->times.fresh_until, elsewhere.now + 40s);
    // A clock that is behind makes it as old as when it came: never early.
    const ClockReading behind{kStart + 1000h, kNoon - 1h, 8};
    EXPECT_EQ(read_redis_value(some_key(), bytes, behind).entry->times.fresh_until,
              behind.now + 60s);
}

TEST(RedisValues, AMarkOfErasureIsNoEntryAndNoDamage) {
    const auto read = read_redis_value(some_key(), kErasedMark, kHere);
    EXPECT_EQ(read.kind, RedisValue::Kind::Erased);
    EXPECT_EQ(read.entry, nullptr);
}

TEST(RedisValues, EveryCutAndEveryChangedByteIsDamage) {
    const auto whole = encode_entry(some_key(), *fresh_for("max-age=60"), 1);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(
            read_redis_value(some_key(), std::string_view{whole}.substr(0, size), kHere)
                .kind,
            RedisValue::Kind::Damaged);
        auto changed = whole;
        changed[size] = static_cast<char>(changed[size] + 1);
        EXPECT_EQ(read_redis_value(some_key(), changed, kHere).kind,
                  RedisValue::Kind::Damaged);
    }
}

}  // namespace
}  // namespace pyesi::cache

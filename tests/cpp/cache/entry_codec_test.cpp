#include "cache/entry_codec.h"

#include "cache/application_value.h"
#include "cache/examples.h"
#include "cache/revalidation.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>

namespace pyesi::cache {
namespace {

using namespace examples;

constexpr std::uint64_t kRun = 7;
constexpr ClockReading kSameRun{kStart, kNoon, kRun};

CacheKey key(const std::string& name) {
    return make_key("r0-1:v/" + name);
}

std::optional<DecodedEntry> decoded(const CacheKey& wanted,
                                    const Entry& entry,
                                    const ClockReading& clocks = kSameRun) {
    return decode_entry(wanted, encode_entry(wanted, entry, kRun), clocks);
}

void expect_same_times(const EntryTimes& one, const EntryTimes& other) {
    EXPECT_EQ(one.received_at, other.received_at);
    EXPECT_EQ(one.received_wall, other.received_wall);
    EXPECT_EQ(one.age_when_received, other.age_when_received);
    EXPECT_EQ(one.freshness_lifetime.length, other.freshness_lifetime.length);
    EXPECT_EQ(one.freshness_lifetime.source, other.freshness_lifetime.source);
    EXPECT_EQ(one.fresh_until, other.fresh_until);
    EXPECT_EQ(one.expires_at, other.expires_at);
}

void expect_same_nominated(const Entry& one, const Entry& other) {
    ASSERT_EQ(one.nominated_fields.size(), other.nominated_fields.size());
    for (std::size_t index = 0; index < one.nominated_fields.size(); ++index) {
        EXPECT_EQ(one.nominated_fields[index].name, other.nominated_fields[index].name);
        EXPECT_EQ(one.nominated_fields[index].value,
                  other.nominated_fields[index].value);
    }
}

void expect_same(const Entry& one, const Entry& other) {
    EXPECT_EQ(one.kind, other.kind);
    EXPECT_EQ(one.response.status, other.response.status);
    EXPECT_TRUE(one.response.headers == other.response.headers);
    EXPECT_EQ(one.response.body.bytes.view(), other.response.body.bytes.view());
    EXPECT_EQ(one.response.body.coding, other.response.body.coding);
    EXPECT_EQ(one.response.body.decoded_size, other.response.body.decoded_size);
    expect_same_times(one.times, other.times);
    EXPECT_EQ(one.permissions.must_revalidate, other.permissions.must_revalidate);
    EXPECT_EQ(one.permissions.stale_if_error, other.permissions.stale_if_error);
    EXPECT_EQ(one.permissions.stale_while_revalidate,
              other.permissions.stale_while_revalidate);
    EXPECT_EQ(one.etag.has_value(), other.etag.has_value());
    EXPECT_EQ(one.etag ? one.etag->text : "", other.etag ? other.etag->text : "");
    EXPECT_EQ(one.last_modified, other.last_modified);
    EXPECT_EQ(one.x_pages, other.x_pages);
    expect_same_nominated(one, other);
}

/// One entry in which every part is something.
EntryPtr rich_entry() {
    const auto asked = fields({{"x-flavour", "sweet"}});
    auto when = arrival();
    when.request_headers = &asked;
    when.lifetime_facts.catalog_lifetime = 60s;
    return make_entry({206,
                       fields({{"ETag", "W/\"3877be5b\""},
                               {"Date", "Wed, 30 Sep 2026 11:59:58 GMT"},
                               {"Last-Modified", "Wed, 30 Sep 2026 11:56:57 GMT"},
                               {"Vary", "Accept-Encoding, X-Flavour, X-Other"},
                               {"Age", "3"},
                               {"X-Pages", "405"},
                               {"Cache-Control",
                                "max-age=300, must-revalidate, stale-if-error=900, "
                                "stale-while-revalidate=30"}}),
                       {base::Bytes{"\x1f\x8b, as if compressed"},
                        http::ContentCoding::Gzip,
                        123'456}},
                      when);
}

TEST(EntryCodec, GivesBackWhatItWasGiven) {
    const auto stored = rich_entry();
    const auto found = decoded(key("a"), *stored);
    ASSERT_TRUE(found.has_value());
    EXPECT_FALSE(found->from_the_future);
    expect_same(*found->entry, *stored);
}

TEST(EntryCodec, GivesBackValuesOfTheApplication) {
    for (const auto kind :
         {EntryKind::BytesValue, EntryKind::TextValue, EntryKind::JsonValue}) {
        for (const auto expire : {std::optional<base::Duration>{5s}, {}}) {
            const auto value = make_value_entry(
                {kind, base::Bytes{std::string_view{"a\0b", 3}}, expire},
                kStart,
                kNoon);
            const auto found = decoded(key("v"), *value);
            ASSERT_TRUE(found.has_value());
            expect_same(*found->entry, *value);
        }
    }
}

TEST(EntryCodec, AnEmptyAnswerIsOneToo) {
    const auto stored = make_entry({204, {}, {}}, arrival());
    const auto found = decoded(key(""), *stored);
    ASSERT_TRUE(found.has_value());
    expect_same(*found->entry, *stored);
}

TEST(EntryCodec, AnotherKeyIsAMiss) {
    const auto bytes = encode_entry({"r0-1:v/mine", 42}, *rich_entry(), kRun);
    EXPECT_TRUE(decode_entry({"r0-1:v/mine", 42}, bytes, kSameRun));
    EXPECT_FALSE(decode_entry({"r0-1:v/yours", 42}, bytes, kSameRun));
}

TEST(EntryCodec, EveryTruncationIsRefused) {
    const auto wanted = key("a");
    const auto bytes = encode_entry(wanted, *rich_entry(), kRun);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_FALSE(decode_entry(wanted, bytes.substr(0, length), kSameRun)) << length;
    }
    EXPECT_FALSE(decode_entry(wanted, bytes + '\0', kSameRun));
}

void flip(std::string& bytes, std::size_t bit) {
    auto& byte = bytes[bit / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (bit % 8)));
}

TEST(EntryCodec, EveryFlippedBitIsRefused) {
    const auto wanted = key("a");
    auto bytes = encode_entry(wanted, *rich_entry(), kRun);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        flip(bytes, bit);
        EXPECT_FALSE(decode_entry(wanted, bytes, kSameRun)) << bit;
        flip(bytes, bit);
    }
    EXPECT_TRUE(decode_entry(wanted, bytes, kSameRun));
}

/// Bytes whose check-sum is right, whatever they hold.
std::string with_sum(std::string bytes) {
    const auto sum = hash_of(std::string_view{bytes}.substr(12));
    std::memcpy(bytes.data() + 4, &sum, sizeof(sum));
    return bytes;
}

// Somebody who can write the file can make a check-sum: what is decoded is bounded
// and clean all the same. The sanitizers watch.
TEST(EntryCodec, ChangedBytesUnderARightSumDoNoHarm) {
    const auto wanted = key("a");
    const auto bytes = encode_entry(wanted, *rich_entry(), kRun);
    std::mt19937 random{5};
    for (int count = 0; count < 20'000; ++count) {
        auto changed = bytes;
        const auto changes = 1 + random() % 4;
        for (unsigned change = 0; change < changes; ++change) {
            changed[12 + random() % (changed.size() - 12)] =
                static_cast<char>(random());
        }
        if (random() % 4 == 0) changed.resize(12 + random() % (changed.size() - 12));
        const auto found = decode_entry(wanted, with_sum(changed), kSameRun);
        if (!found) continue;
        const auto& headers = found->entry->response.headers;
        for (std::size_t index = 0; index < headers.size(); ++index) {
            EXPECT_TRUE(http::is_field_name(headers.at(index).name));
            EXPECT_TRUE(http::is_field_value(headers.at(index).value));
        }
        EXPECT_LE(found->entry->response.body.decoded_size, std::size_t{1} << 20U);
    }
}

TEST(EntryCodec, RandomEntriesComeBackAsTheyWere) {
    std::mt19937_64 random{11};
    const auto text = [&](std::size_t most) {
        std::string made(random() % (most + 1), ' ');
        for (auto& letter : made) letter = static_cast<char>('!' + random() % 90);
        return made;
    };
    for (int count = 0; count < 2000; ++count) {
        http::Headers headers;
        for (auto left = random() % 8; left > 0; --left) {
            headers.append("x-" + std::to_string(random() % 100), text(60));
        }
        headers.append("Cache-Control", "max-age=" + std::to_string(random() % 4000));
        if (random() % 2 == 0) headers.append("ETag", '"' + text(20) + '"');
        if (random() % 2 == 0) headers.append("Age", std::to_string(random() % 500));
        if (random() % 2 == 0) headers.append("Vary", "X-" + std::to_string(count));
        const auto body = text(3000);
        const auto stored = make_entry(answer(std::move(headers), body),
                                       arrival(base::Duration{static_cast<std::int64_t>(
                                           random() % 1'000'000'000'000)}));
        const auto wanted = key(text(80));
        const auto found = decoded(wanted, *stored, {kStart + 1h, kNoon + 1h, kRun});
        ASSERT_TRUE(found.has_value());
        expect_same(*found->entry, *stored);
    }
}

constexpr const char* kGoldenPath =
    PYESI_SOURCE_DIR "/tests/cpp/cache/golden/entry-1.bin";

EntryPtr golden_entry() {
    auto entry = std::make_shared<Entry>(*rich_entry());
    entry->times = {.received_at = kStart,
                    .received_wall = kNoon,
                    .age_when_received = 3s,
                    .freshness_lifetime = {300s, LifetimeSource::MaxAge},
                    .fresh_until = kStart + 297s,
                    .expires_at = kNoon + 298s};
    entry->permissions = {true, 900s, 30s};
    entry->nominated_fields = {{"X-Flavour", "sweet"}, {"X-Other", std::nullopt}};
    return entry;
}

// A file that an earlier pyesi wrote must be read: whoever changes the format
// changes the version, and leaves this file to be refused.
TEST(EntryCodec, ReadsAndWritesTheGoldenFile) {
    std::ifstream file{kGoldenPath, std::ios::binary};
    const std::string golden{std::istreambuf_iterator<char>{file}, {}};
    ASSERT_FALSE(golden.empty());
    EXPECT_TRUE(encode_entry(key("golden"), *golden_entry(), kRun) == golden);
    const auto found = decode_entry(key("golden"), golden, kSameRun);
    ASSERT_TRUE(found.has_value());
    expect_same(*found->entry, *golden_entry());
}

TEST(EntryCodec, AnotherVersionIsAMiss) {
    auto bytes = encode_entry(key("a"), *rich_entry(), kRun);
    bytes[3] = 2;
    EXPECT_FALSE(decode_entry(key("a"), bytes, kSameRun));
}

// ------------------------------------------------------------------- times

constexpr std::uint64_t kNextRun = 8;

EntryTimes times_after(const ClockReading& clocks, bool& from_the_future) {
    auto times = entry({{"cache-control", "max-age=300"}, {"age", "10"}})->times;
    from_the_future = restore_times(times, kRun, clocks);
    return times;
}

TEST(RestoreTimes, WithinOneRunTheWallClockHasNoSay) {
    for (const auto turned : {-8760h, -1h, 0h, 1h, 8760h}) {
        bool future = true;
        const auto times = times_after({kStart + 20s, kNoon + turned, kRun}, future);
        EXPECT_FALSE(future);
        EXPECT_EQ(times.fresh_until, kStart + 290s);
        EXPECT_EQ(times.received_at, kStart);
    }
}

TEST(RestoreTimes, InAnotherRunTheWallClockTellsHowLongItHasLain) {
    constexpr base::TimePoint kBoot{50s};
    bool future = true;
    const auto times = times_after({kBoot, kNoon + 100s, kNextRun}, future);
    EXPECT_FALSE(future);
    EXPECT_EQ(times.received_at, kBoot - 100s);
    EXPECT_EQ(times.fresh_until, kBoot + 190s);
    EXPECT_EQ(times.received_wall, kNoon);
}

TEST(RestoreTimes, LongAgoIsStale) {
    constexpr base::TimePoint kBoot{50s};
    bool future = true;
    const auto times = times_after({kBoot, kNoon + 24h * 365, kNextRun}, future);
    EXPECT_LT(times.fresh_until, kBoot);
}

// Not early: it is fresh for as long as it was when it came. Not for ever: what is
// written anew says that it came now, and ages from here on.
TEST(RestoreTimes, AClockSetBackMakesItNeitherEarlyNorEternal) {
    constexpr base::TimePoint kBoot{50s};
    bool future = false;
    const auto times = times_after({kBoot, kNoon - 1h, kNextRun}, future);
    EXPECT_TRUE(future);
    EXPECT_EQ(times.fresh_until, kBoot + 290s);
    EXPECT_EQ(times.received_wall, kNoon - 1h);

    auto again = times;
    EXPECT_FALSE(restore_times(again, kNextRun + 1, {kBoot, kNoon - 1h + 290s, 99}));
    EXPECT_EQ(again.fresh_until, kBoot);
}

TEST(RestoreTimes, AnInstantYetToComeIsNoInstantOfThisRun) {
    bool future = false;
    const auto times = times_after({kStart - 1h, kNoon - 1h, kRun}, future);
    EXPECT_TRUE(future);
    EXPECT_EQ(times.received_at, kStart - 1h);
}

TEST(RestoreTimes, NeverStaysNever) {
    auto times = make_value_entry({}, kStart, kNoon)->times;
    EXPECT_FALSE(restore_times(times, kRun, {base::TimePoint{1s}, kNoon + 1h, 9}));
    EXPECT_EQ(times.fresh_until, base::TimePoint::max());
}

}  // namespace
}  // namespace pyesi::cache

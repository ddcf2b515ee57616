// What any server may send: fields and bodies that were drawn, changed and cut.

#include "http/cache_control.h"
#include "http/content_coding.h"
#include "http/entity_tag.h"
#include "http/http_date.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::http {
namespace {

using namespace std::chrono_literals;

/// Draws texts. The same seed draws the same.
class Draw {
public:
    explicit Draw(unsigned seed) : random_{seed} {}

    std::size_t below(std::size_t count) { return random_() % count; }

    char letter() { return static_cast<char>(random_()); }

    template <class Choices>
    auto one_of(const Choices& choices) {
        return choices[below(std::size(choices))];
    }

    /// Pieces in any number and order, here and there a letter of any kind.
    template <class Pieces>
    std::string text(const Pieces& pieces) {
        std::string made;
        for (auto left = below(12); left > 0; --left) {
            if (below(10) == 0) {
                made += letter();
            } else {
                made += one_of(pieces);
            }
        }
        return made;
    }

    void change(std::string& text) {
        if (text.empty()) return;
        const auto place = below(text.size());
        switch (below(5)) {
            case 0: text[place] = letter(); break;
            case 1: text.erase(place, 1 + below(4)); break;
            case 2: text.insert(place, 1, letter()); break;
            case 3: text.resize(place); break;
            default: text.insert(place, text.substr(below(text.size()), 8)); break;
        }
    }

private:
    std::mt19937 random_;
};

constexpr std::array<std::string_view, 28> kDirectives = {"max-age=",
                                                          "s-maxage=",
                                                          "stale-while-revalidate=",
                                                          "stale-if-error=",
                                                          "min-fresh=",
                                                          "max-stale",
                                                          "max-stale=",
                                                          "no-store",
                                                          "no-cache",
                                                          "no-cache=\"",
                                                          "private=\"etag",
                                                          "must-revalidate",
                                                          "must-understand",
                                                          "only-if-cached",
                                                          "public",
                                                          ", ",
                                                          ",",
                                                          ";",
                                                          "\"",
                                                          "\\\"",
                                                          " ",
                                                          "\t",
                                                          "0",
                                                          "60",
                                                          "-1",
                                                          "2147483649",
                                                          "18446744073709551616",
                                                          "x"};

void expect_bounded(const std::optional<CacheControl::Seconds>& length) {
    if (!length) return;
    EXPECT_GE(*length, 0s);
    EXPECT_LE(*length, CacheControl::Seconds{2'147'483'648});
}

void expect_same(const CacheControl& one, const CacheControl& other) {
    EXPECT_EQ(one.max_age, other.max_age);
    EXPECT_EQ(one.s_maxage, other.s_maxage);
    EXPECT_EQ(one.stale_while_revalidate, other.stale_while_revalidate);
    EXPECT_EQ(one.stale_if_error, other.stale_if_error);
    EXPECT_EQ(one.no_store, other.no_store);
    EXPECT_EQ(one.no_cache, other.no_cache);
    EXPECT_EQ(one.must_revalidate, other.must_revalidate);
    EXPECT_EQ(one.no_cache_fields, other.no_cache_fields);
    EXPECT_EQ(one.private_fields, other.private_fields);
}

TEST(ParserFuzz, ADirectiveThatNobodyKnowsChangesNothing) {
    Draw draw{1};
    for (int count = 0; count < 50'000; ++count) {
        const auto value = draw.text(kDirectives);
        SCOPED_TRACE(value);
        const auto control = parse_cache_control(value);
        expect_bounded(control.max_age);
        expect_bounded(control.s_maxage);
        expect_bounded(control.stale_while_revalidate);
        expect_bounded(control.stale_if_error);
        expect_bounded(control.min_fresh);
        expect_same(control, parse_cache_control("unknown=\"a, b\", " + value));
        Headers headers;
        headers.append("Cache-Control", value);
        expect_same(control, parse_cache_control(headers));
    }
}

constexpr std::array<std::string_view, 6> kDates = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                                    "Sunday, 06-Nov-94 08:49:37 GMT",
                                                    "Sun Nov  6 08:49:37 1994",
                                                    "Thu, 31 Dec 2099 23:59:60 GMT",
                                                    "Fri, 29 Feb 2024 00:00:00 GMT",
                                                    "Wed, 30 Sep 9999 12:00:00 GMT"};

TEST(ParserFuzz, ADateIsNoneOrOneThatCanBeWrittenAndReadAgain) {
    const base::WallTime now{1'790'000'000s};
    const auto last = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};
    Draw draw{2};
    int read = 0;
    for (int count = 0; count < 100'000; ++count) {
        std::string text{draw.one_of(kDates)};
        for (auto left = draw.below(4); left > 0; --left) draw.change(text);
        const auto date = parse_http_date(text, now);
        if (!date) continue;
        ++read;
        ASSERT_GE(*date, base::WallTime{}) << text;
        ASSERT_LT(*date, last) << text;
        ASSERT_EQ(parse_http_date(format_http_date(*date), now), date) << text;
    }
    EXPECT_GT(read, 10'000);
}

TEST(ParserFuzz, ATagIsNoneOrOneThatMayStandInAField) {
    constexpr std::array<std::string_view, 10> kPieces = {
        "W/", "w/", "\"", "33a6", ",", " ", "\\", "\x7f", "\x80", "*"};
    Draw draw{3};
    for (int count = 0; count < 50'000; ++count) {
        const auto text = draw.text(kPieces);
        const auto tag = parse_entity_tag(text);
        if (!tag) continue;
        EXPECT_TRUE(is_field_value(tag->text)) << text;
        EXPECT_TRUE(weakly_equal(*tag, *tag));
        const auto again = parse_entity_tag(tag->text);
        ASSERT_TRUE(again) << text;
        EXPECT_EQ(again->text, tag->text);
        EXPECT_EQ(again->weak, tag->weak);
    }
}

/// Beginnings that the decoders believe in.
std::vector<std::string> coded_bodies() {
    std::vector<std::string> bodies;
    for (const std::size_t size : {0, 3, 500, 20'000}) {
        std::string plain(size, 'x');
        for (std::size_t place = 0; place < size; place += 7) {
            plain[place] = static_cast<char>('a' + place % 23);
        }
        bodies.emplace_back(compress_gzip(plain).view());
    }
    bodies.emplace_back("\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27", 11);  // zlib
    bodies.emplace_back("\x0b\x01\x80\x61\x62\x63\x03", 7);                   // brotli
    bodies.emplace_back("\x28\xb5\x2f\xfd\x20\x03\x19\x00\x00\x61\x62\x63", 12);
    return bodies;
}

TEST(ParserFuzz, ASpoiledBodyIsAFailureAndNeverLargerThanIsAllowed) {
    const auto bodies = coded_bodies();
    constexpr DecodeLimits kLimits{.max_bytes = 100'000, .max_ratio = 250};
    Draw draw{4};
    int decoded = 0;
    for (int count = 0; count < 20'000; ++count) {
        auto coded = draw.one_of(bodies);
        for (auto left = draw.below(4); left > 0; --left) draw.change(coded);
        for (const auto coding : {ContentCoding::Gzip,
                                  ContentCoding::Deflate,
                                  ContentCoding::Brotli,
                                  ContentCoding::Zstd}) {
            const auto plain = decode(coding, coded, kLimits);
            if (!plain) continue;
            ++decoded;
            ASSERT_LE(plain->size(), kLimits.ceiling(coded.size()));
            ASSERT_LE(plain->size(), kLimits.max_bytes);
        }
    }
    EXPECT_GT(decoded, 2'000);
}

}  // namespace
}  // namespace pyesi::http

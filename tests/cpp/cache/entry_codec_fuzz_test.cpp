// What somebody else wrote into the file: bytes that were changed, cut and put together
// anew under a check-sum that is right, so that what lies behind it is reached.

#include "cache/application_value.h"
#include "cache/entry_codec.h"
#include "cache/examples.h"
#include "cache/negative_answer.h"
#include "cache/reuse.h"
#include "cache/revalidation.h"
#include "http/content_coding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace pyesi::cache {
namespace {

using namespace examples;

constexpr std::uint64_t kRun = 7;
constexpr ClockReading kClocks{kStart + 1h, kNoon + 1h, kRun};

// The version, then the sum of all that follows.
constexpr std::size_t kSumAt = 4;
constexpr std::size_t kContentAt = 12;

CacheKey the_key() {
    return make_key("r0-1:v/markets/10000002/orders?page=7");
}

EntryPtr coded_page() {
    const std::string plain(3000, 'x');
    auto when = arrival();
    const auto asked = fields({{"x-flavour", "sweet"}});
    when.request_headers = &asked;
    return make_entry({200,
                       fields({{"ETag", "W/\"3877be5b\""},
                               {"Date", "Wed, 30 Sep 2026 11:59:58 GMT"},
                               {"Expires", "Wed, 30 Sep 2026 12:04:58 GMT"},
                               {"Last-Modified", "Wed, 30 Sep 2026 11:56:57 GMT"},
                               {"Vary", "Accept-Encoding, X-Flavour, X-Other"},
                               {"X-Pages", "405"}}),
                       {http::compress_gzip(plain), http::ContentCoding::Gzip, 3000}},
                      when);
}

/// Entries of every kind that is ever written.
std::vector<std::string> written() {
    const auto refusal = make_negative_entry(
        http::Response{404, fields({{"age", "3"}}), {}}, arrival(), 60s);
    std::vector<EntryPtr> entries = {
        coded_page(),
        refusal,
        make_entry({204, {}, {}}, arrival()),
        entry({{"cache-control",
                "max-age=300, must-revalidate, stale-if-error=900, "
                "stale-while-revalidate=30"}}),
        make_value_entry({EntryKind::BytesValue, base::Bytes{"a"}, 5s}, kStart, kNoon),
        make_value_entry({EntryKind::JsonValue, base::Bytes{"{}"}, {}}, kStart, kNoon)};
    std::vector<std::string> texts;
    texts.reserve(entries.size());
    for (const auto& each : entries) {
        texts.push_back(encode_entry(the_key(), *each, kRun));
    }
    return texts;
}

/// Draws changes. The same seed draws the same.
class Changer {
public:
    explicit Changer(unsigned seed) : random_{seed}, corpus_{written()} {}

    std::string draw() {
        auto text = any_text();
        for (auto left = 1 + below(4); left > 0; --left) change(text);
        if (below(16) > 0) mend(text);
        return text;
    }

private:
    std::size_t below(std::size_t count) { return random_() % count; }

    const std::string& any_text() { return corpus_[below(corpus_.size())]; }

    /// Seldom in the version or the key, which end it at once.
    std::size_t any_place(const std::string& text) {
        const auto start =
            below(8) == 0 ? 0
                          : kContentAt + sizeof(std::uint32_t) + the_key().text.size();
        return start < text.size() ? start + below(text.size() - start) : 0;
    }

    void change(std::string& text) {
        if (text.empty()) return;
        const auto place = any_place(text);
        switch (below(8)) {
            case 0: text[place] = static_cast<char>(random_()); break;
            case 1:
                text[place] = one_of<char>({'\0', '\n', '\r', '\x7f', '\xff', ' '});
                break;
            case 2: flip_bit(text[place]); break;
            case 3: write(text, place, any_length(text)); break;
            case 4: write(text, place, any_instant()); break;
            case 5: text.erase(place, 1 + below(12)); break;
            case 6:
                text.insert(place, text.substr(any_place(text), 1 + below(40)));
                break;
            default: splice(text, place); break;
        }
    }

    template <class Choice>
    Choice one_of(std::initializer_list<Choice> choices) {
        return *(choices.begin() + below(choices.size()));
    }

    void flip_bit(char& letter) {
        letter =
            static_cast<char>(static_cast<unsigned char>(letter) ^ (1U << below(8)));
    }

    std::uint32_t any_length(const std::string& text) {
        const auto size = static_cast<std::uint32_t>(text.size());
        return one_of<std::uint32_t>(
            {0, 1, 2, size, size + 1, size / 2, 0x7fffffff, 0x80000000, 0xffffffff});
    }

    std::int64_t any_instant() {
        using Limits = std::numeric_limits<std::int64_t>;
        return one_of<std::int64_t>({0,
                                     -1,
                                     1,
                                     Limits::max(),
                                     Limits::min(),
                                     Limits::max() / 2,
                                     4'000'000'000'000'000'000,
                                     -4'000'000'000'000'000'000,
                                     2'000'000'000'000'000'000});
    }

    template <class Number>
    static void write(std::string& text, std::size_t place, Number number) {
        const auto count = std::min(sizeof(number), text.size() - place);
        std::memcpy(text.data() + place, &number, count);
    }

    /// Goes on as another entry does, or ends.
    void splice(std::string& text, std::size_t place) {
        const auto& other = any_text();
        text.resize(place);
        if (below(2) == 0 && place < other.size()) text += other.substr(place);
    }

    static void mend(std::string& text) {
        if (text.size() < kContentAt) return;
        const auto sum = hash_of(std::string_view{text}.substr(kContentAt));
        std::memcpy(text.data() + kSumAt, &sum, sizeof(sum));
    }

    std::mt19937 random_;
    std::vector<std::string> corpus_;
};

void expect_clean(const http::Headers& headers) {
    for (std::size_t index = 0; index < headers.size(); ++index) {
        ASSERT_TRUE(http::is_field_name(headers.at(index).name));
        ASSERT_TRUE(http::is_field_value(headers.at(index).value));
    }
}

/// What is done with an entry that was found. The sanitizers watch.
void use(const Entry& found) {
    expect_clean(found.response.headers);
    http::Headers request;
    append_validators(found, request);
    expect_clean(request);
    EXPECT_GE(current_age(found.times, kClocks.now), -kLongestLifetime * 4);
    for (const auto later : {base::Duration{0}, base::Duration{24h * 365}}) {
        const auto reuse = decide_reuse(found, {}, kClocks.now + later);
        EXPECT_NE(reuse, Reuse::NotCached);
        may_serve_stale_on_error(found, {}, 1h, kClocks.now + later);
    }
    EXPECT_LE(found.response.body.decoded_size, std::size_t{1} << 20U);
    EXPECT_GT(found.weight(), found.response.body.bytes.size());
}

TEST(EntryCodecFuzz, ChangedBytesAreRefusedOrAreAnEntryLikeAnyOther) {
    constexpr int kCases = 250'000;
    const auto key = the_key();
    Changer changer{20261121};
    int taken = 0;
    for (int count = 0; count < kCases && !testing::Test::HasFatalFailure(); ++count) {
        const auto text = changer.draw();
        const auto found = decode_entry(key, text, kClocks);
        if (!found) continue;
        ++taken;
        use(*found->entry);
        const auto again = encode_entry(key, *found->entry, kRun);
        const auto twice = decode_entry(key, again, kClocks);
        ASSERT_TRUE(twice) << "case " << count;
        ASSERT_TRUE(encode_entry(key, *twice->entry, kRun) == again)
            << "case " << count;
    }
    // Both are reached.
    EXPECT_GT(taken, kCases / 50);
    EXPECT_LT(taken, kCases / 2);
}

TEST(EntryCodecFuzz, BytesOfNoEntryAreRefused) {
    std::mt19937 random{7};
    const auto key = the_key();
    for (int count = 0; count < 20'000; ++count) {
        std::string text(random() % 200, '\0');
        for (auto& letter : text) letter = static_cast<char>(random());
        EXPECT_FALSE(decode_entry(key, text, kClocks));
    }
}

// What is read back from a tier is looked at once more, as what a server sends.
TEST(EntryCodecFuzz, AControlCharacterInAnyFieldIsRefused) {
    const auto key = the_key();
    for (const char letter : {'\0', '\n', '\r', '\x7f', '\x1b'}) {
        for (const bool in_name : {true, false}) {
            Entry bad = *entry({{"cache-control", "max-age=60"}});
            const std::string spoiled = std::string{"x-a"} + letter + "b";
            bad.response.headers.append(in_name ? spoiled : "x-a",
                                        in_name ? "b" : spoiled);
            EXPECT_FALSE(decode_entry(key, encode_entry(key, bad, kRun), kClocks));
        }
    }
}

}  // namespace
}  // namespace pyesi::cache

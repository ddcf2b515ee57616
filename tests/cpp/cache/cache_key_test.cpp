#include "cache/cache_key.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace pyesi::cache {
namespace {

std::string key_text(const RequestKeyParts& parts) {
    std::string text;
    append_key(text, parts);
    return text;
}

TEST(CacheKey, EqualPartsGiveEqualKeys) {
    const auto variant = variant_text({.origin = "https://esi.evetech.net",
                                       .compatibility_date = "2026-08-18",
                                       .tenant = "tranquility",
                                       .language = "en",
                                       .identity = ""});
    const RequestKeyParts parts{
        .variant = variant, .target = "/markets/10000002/orders?order_type=all&page=1"};
    const auto first = make_key(key_text(parts));
    const auto second = make_key(key_text(parts));
    EXPECT_EQ(first.text, second.text);
    EXPECT_EQ(first.hash, second.hash);
}

TEST(CacheKey, EachPartTellsRequestsApart) {
    const BodyDigest body = digest_body("[1,2]");
    const BodyDigest other_body = digest_body("[2,1]");
    const std::set<std::string> texts = {
        key_text({http::Method::Get, "v", "/t", nullptr}),
        key_text({http::Method::Head, "v", "/t", nullptr}),
        key_text({http::Method::Get, "w", "/t", nullptr}),
        key_text({http::Method::Get, "v", "/u", nullptr}),
        key_text({http::Method::Get, "v", "/t", &body}),
        key_text({http::Method::Get, "v", "/t", &other_body}),
    };
    EXPECT_EQ(texts.size(), 6U);
}

TEST(CacheKey, EachPartOfAVariantTellsVariantsApart) {
    const std::set<std::string> texts = {
        variant_text({"o", "d", "t", "l", "i"}),
        variant_text({"O", "d", "t", "l", "i"}),
        variant_text({"o", "D", "t", "l", "i"}),
        variant_text({"o", "d", "T", "l", "i"}),
        variant_text({"o", "d", "t", "L", "i"}),
        variant_text({"o", "d", "t", "l", "I"}),
        variant_text({"o", "d", "t", "l", ""}),
    };
    EXPECT_EQ(texts.size(), 7U);
}

// All ways to fill five places from an alphabet that holds the separators.
TEST(CacheKey, NoTwoVariantsShareATextWhateverTheirPartsHold) {
    const std::vector<std::string> alphabet = {"", ":", "1:", "1", "1:1", "0:"};
    std::set<std::string> texts;
    std::size_t made = 0;
    const auto part = [&](std::size_t number, std::size_t place) {
        for (; place > 0; --place) number /= alphabet.size();
        return alphabet[number % alphabet.size()];
    };
    for (; made < std::size_t{6} * 6 * 6 * 6 * 6; ++made) {
        const auto origin = part(made, 0);
        const auto date = part(made, 1);
        const auto tenant = part(made, 2);
        const auto language = part(made, 3);
        const auto identity = part(made, 4);
        texts.insert(variant_text({origin, date, tenant, language, identity}));
    }
    EXPECT_EQ(texts.size(), made);
}

TEST(CacheKey, NoTwoRequestsShareATextWhateverTheirPartsHold) {
    const std::vector<std::string> alphabet = {
        "", ":", "1:", "11:", "1", "-", "+", "0:"};
    const BodyDigest none{};
    const BodyDigest some{1, 2};
    std::set<std::string> texts;
    std::size_t made = 0;
    for (const auto& variant : alphabet) {
        for (const auto& target : alphabet) {
            for (const BodyDigest* body :
                 {static_cast<const BodyDigest*>(nullptr), &none, &some}) {
                texts.insert(key_text({http::Method::Get, variant, target, body}));
                ++made;
            }
        }
    }
    EXPECT_EQ(texts.size(), made);
}

TEST(CacheKey, AnApplicationsKeyNeverMeetsARequestsKey) {
    const auto request = key_text({.variant = "v", .target = "/status"});
    std::string value;
    append_value_key(value, request);
    EXPECT_NE(value, request);
    EXPECT_NE(value.front(), request.front());
}

TEST(CacheKey, ARequestsKeyCanBeTakenApart) {
    const BodyDigest body = digest_body("[1]");
    for (const BodyDigest* digest : {static_cast<const BodyDigest*>(nullptr), &body}) {
        const auto text = key_text({http::Method::Post, "3:abc", "/a?b=c", digest});
        const auto parsed = parse_request_key(text);
        EXPECT_EQ(parsed.variant, "3:abc");
        EXPECT_EQ(parsed.target, "/a?b=c");
    }
}

TEST(CacheKey, NoCutOfAKeyIsReadPastItsEnd) {
    const BodyDigest body = digest_body("[1]");
    const auto whole = key_text({http::Method::Post, "variant", "/target", &body});
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const std::string cut = whole.substr(0, length);
        const auto parsed = parse_request_key(cut);
        EXPECT_LT(parsed.variant.size() + parsed.target.size(), whole.size());
    }
    EXPECT_EQ(parse_request_key("vmine").target, "");
}

TEST(CacheKey, TheDigestTellsBodiesApart) {
    std::set<BodyDigest> digests;
    for (int id = 0; id < 20'000; ++id) {
        digests.insert(digest_body("[" + std::to_string(id) + "]"));
    }
    EXPECT_EQ(digests.size(), 20'000U);
}

// Lower tiers keep hashes: to change the function is to lose what they hold.
TEST(CacheKeyHash, DoesNotChangeFromBuildToBuild) {
    EXPECT_EQ(hash_of("r0-1:v/status"), UINT64_C(8166717141955506994));
}

TEST(CacheKeyHash, EachByteAndEachLengthCounts) {
    std::set<std::uint64_t> hashes;
    for (std::size_t length = 0; length < 70; ++length) {
        const std::string zeros(length, '\0');
        hashes.insert(hash_of(zeros));
        for (std::size_t at = 0; at < length; ++at) {
            auto text = zeros;
            text[at] = 'x';
            hashes.insert(hash_of(text));
        }
    }
    EXPECT_EQ(hashes.size(), 70U + 70U * 69U / 2U);
}

// The high bits choose a shard and the low ones a bucket: neither may lean.
TEST(CacheKeyHash, SpreadsNeighbouringKeysOverHighAndLowBits) {
    constexpr int kKeys = 16'000;
    constexpr double kExpected = kKeys / 16.0;
    std::vector<int> high(16);
    std::vector<int> low(16);
    for (int page = 0; page < kKeys; ++page) {
        const auto hash =
            hash_of("r0-5:v/markets/10000002/orders?page=" + std::to_string(page));
        ++high[hash >> 60U];
        ++low[hash & 15U];
    }
    for (std::size_t at = 0; at < 16; ++at) {
        EXPECT_NEAR(high[at], kExpected, 6 * std::sqrt(kExpected));
        EXPECT_NEAR(low[at], kExpected, 6 * std::sqrt(kExpected));
    }
}

TEST(CacheKeyHash, OneBitOfInputTurnsHalfOfTheOutput) {
    const std::string text = "r0-5:v/universe/types/34?language=en";
    const auto hash = hash_of(text);
    double turned = 0;
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        auto other = text;
        other[bit / 8] = static_cast<char>(static_cast<unsigned>(other[bit / 8]) ^
                                           (1U << (bit % 8)));
        turned += std::popcount(hash ^ hash_of(other));
    }
    EXPECT_NEAR(turned / static_cast<double>(text.size() * 8), 32.0, 1.5);
}

TEST(CacheKey, TheIdentityIsReadBackWhateverThePartsHold) {
    for (const auto* identity : {"", "alice", "5:alice", "4:a", "\n"}) {
        const auto variant = variant_text({.origin = "https://esi:1",
                                           .compatibility_date = "3:x",
                                           .tenant = "",
                                           .language = "en",
                                           .identity = identity});
        EXPECT_EQ(identity_in(variant), identity);
    }
    for (const auto* text : {"", "9:a", "x", "1:a1:b", "1:", ":"}) {
        EXPECT_EQ(identity_in(text), "") << text;
    }
}

}  // namespace
}  // namespace pyesi::cache

#include "http/content_coding.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <libdeflate.h>
#include <zstd.h>

#include <array>
#include <random>
#include <string>
#include <thread>

namespace pyesi::http {
namespace {

using base::ErrorKind;

constexpr std::array kCodings{ContentCoding::Gzip,
                              ContentCoding::Deflate,
                              ContentCoding::Brotli,
                              ContentCoding::Zstd};

std::string gzip(std::string_view plain) {
    return std::string{compress_gzip(plain).view()};
}

std::string zlib(std::string_view plain) {
    auto* const compressor = libdeflate_alloc_compressor(6);
    std::string out(libdeflate_zlib_compress_bound(compressor, plain.size()), '\0');
    out.resize(libdeflate_zlib_compress(
        compressor, plain.data(), plain.size(), out.data(), out.size()));
    libdeflate_free_compressor(compressor);
    return out;
}

std::string brotli(std::string_view plain) {
    auto size = BrotliEncoderMaxCompressedSize(plain.size()) + 16;
    std::string out(size, '\0');
    const auto done =
        BrotliEncoderCompress(5,
                              BROTLI_DEFAULT_WINDOW,
                              BROTLI_MODE_TEXT,
                              plain.size(),
                              reinterpret_cast<const std::uint8_t*>(plain.data()),
                              &size,
                              reinterpret_cast<std::uint8_t*>(out.data()));
    EXPECT_EQ(done, BROTLI_TRUE);
    out.resize(size);
    return out;
}

std::string zstd(std::string_view plain) {
    std::string out(ZSTD_compressBound(plain.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
    return out;
}

/// One whose header does not tell its size.
std::string zstd_streamed(std::string_view plain) {
    auto* const stream = ZSTD_createCStream();
    std::string out(ZSTD_compressBound(plain.size()) + 64, '\0');
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    ZSTD_inBuffer from{plain.data(), plain.size(), 0};
    while (from.pos < from.size) {
        ZSTD_compressStream2(stream, &to, &from, ZSTD_e_flush);
    }
    EXPECT_EQ(ZSTD_compressStream2(stream, &to, &from, ZSTD_e_end), 0U);
    ZSTD_freeCStream(stream);
    out.resize(to.pos);
    return out;
}

std::string encode(ContentCoding coding, std::string_view plain) {
    switch (coding) {
        case ContentCoding::Gzip: return gzip(plain);
        case ContentCoding::Deflate: return zlib(plain);
        case ContentCoding::Brotli: return brotli(plain);
        case ContentCoding::Zstd: return zstd(plain);
        case ContentCoding::Identity: break;
    }
    return std::string{plain};
}

/// Rows as of a market: some of it repeats, some does not.
std::string rows(std::size_t size, unsigned seed) {
    std::mt19937 random{seed};
    std::string text;
    while (text.size() < size) {
        text += R"({"order_id":)" + std::to_string(random()) + R"(,"price":)" +
                std::to_string(random() % 1000) + R"(,"is_buy_order":false},)";
    }
    text.resize(size);
    return text;
}

std::string with_wrong_bit(std::string bytes, std::size_t bit) {
    const auto byte = static_cast<unsigned char>(bytes[bit / 8]);
    bytes[bit / 8] = static_cast<char>(byte ^ (1U << (bit % 8)));
    return bytes;
}

ErrorKind kind_of(const base::Result<base::Bytes>& result) {
    return result.ok() ? ErrorKind::ConfigurationError : result.failure().kind;
}

// ------------------------------------------------------------------- round trip

TEST(ContentCoding, WhatWasEncodedIsDecoded) {
    for (const auto coding : kCodings) {
        for (unsigned seed = 0; seed < 60; ++seed) {
            const auto plain = rows(std::size_t{seed} * seed * 37, seed);
            const auto decoded = decode(coding, encode(coding, plain));
            ASSERT_TRUE(decoded.ok()) << name_of(coding) << plain.size();
            ASSERT_EQ(decoded->view(), plain) << name_of(coding);
        }
    }
}

TEST(ContentCoding, WhatDoesNotShrinkIsDecodedAsWell) {
    std::mt19937 random{9};
    std::string noise(100'000, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    for (const auto coding : kCodings) {
        const auto decoded = decode(coding, encode(coding, noise));
        ASSERT_TRUE(decoded.ok()) << name_of(coding);
        EXPECT_EQ(decoded->view(), noise) << name_of(coding);
    }
}

TEST(ContentCoding, IdentityIsACopy) {
    EXPECT_EQ(decode(ContentCoding::Identity, "plain")->view(), "plain");
}

TEST(ContentCoding, NoBytesAreNoBytesInEveryCoding) {
    for (const auto coding : kCodings) {
        const auto decoded = decode(coding, "");
        ASSERT_TRUE(decoded.ok()) << name_of(coding);
        EXPECT_TRUE(decoded->empty());
    }
}

TEST(ContentCoding, AnEmptyBodyThatWasEncodedIsEmpty) {
    for (const auto coding : kCodings) {
        const auto decoded = decode(coding, encode(coding, ""));
        ASSERT_TRUE(decoded.ok()) << name_of(coding);
        EXPECT_TRUE(decoded->empty());
    }
}

TEST(ContentCoding, EveryLevelOfGzipIsDecoded) {
    const auto plain = rows(50'000, 1);
    for (int level = 0; level <= 12; ++level) {
        const auto coded = compress_gzip(plain, level);
        EXPECT_EQ(decode(ContentCoding::Gzip, coded.view())->view(), plain) << level;
    }
}

TEST(ContentCoding, MembersOfGzipFollowOneAnother) {
    std::string coded;
    std::string plain;
    for (unsigned part = 0; part < 20; ++part) {
        const auto piece = rows(std::size_t{part} * 997, part);
        coded += gzip(piece);
        plain += piece;
    }
    EXPECT_EQ(decode(ContentCoding::Gzip, coded)->view(), plain);
}

TEST(ContentCoding, ALastMemberThatIsSmallerThanTheFirstMisleadsNobody) {
    const auto large = rows(300'000, 2);
    EXPECT_EQ(decode(ContentCoding::Gzip, gzip(large) + gzip("x"))->view(),
              large + "x");
}

TEST(ContentCoding, FramesOfZstdFollowOneAnother) {
    const auto first = rows(10'000, 1);
    const auto second = rows(70'000, 2);
    EXPECT_EQ(decode(ContentCoding::Zstd, zstd(first) + zstd(second))->view(),
              first + second);
}

TEST(ContentCoding, AFrameOfZstdThatDoesNotTellItsSizeIsDecoded) {
    for (const std::size_t size : {1U, 1000U, 300'000U, 3'000'000U}) {
        const auto plain = rows(size, 4);
        const auto decoded = decode(ContentCoding::Zstd, zstd_streamed(plain));
        ASSERT_TRUE(decoded.ok()) << size;
        EXPECT_EQ(decoded->view(), plain) << size;
    }
}

// ------------------------------------------------------------------------ damage

TEST(ContentCoding, EveryCutIsAFailure) {
    const auto plain = rows(3000, 3);
    for (const auto coding : kCodings) {
        const auto coded = encode(coding, plain);
        for (std::size_t cut = 1; cut < coded.size(); ++cut) {
            const auto decoded = decode(coding, coded.substr(0, cut));
            ASSERT_EQ(kind_of(decoded), ErrorKind::DecodeFailed)
                << name_of(coding) << " cut at " << cut;
        }
    }
}

TEST(ContentCoding, WhatFollowsTheEndIsAFailure) {
    const auto plain = rows(3000, 3);
    for (const auto coding : kCodings) {
        for (const std::string& more : {std::string{"x"}, std::string(100, '\0')}) {
            const auto decoded = decode(coding, encode(coding, plain) + more);
            EXPECT_EQ(kind_of(decoded), ErrorKind::DecodeFailed) << name_of(coding);
        }
    }
    const auto twice = zlib(plain) + zlib(plain);
    EXPECT_EQ(kind_of(decode(ContentCoding::Deflate, twice)), ErrorKind::DecodeFailed);
}

TEST(ContentCoding, NoiseIsAFailure) {
    std::mt19937 random{13};
    for (const auto coding : kCodings) {
        int failures = 0;
        for (int i = 0; i < 2000; ++i) {
            std::string noise(1 + random() % 200, '\0');
            for (auto& byte : noise) byte = static_cast<char>(random());
            failures += decode(coding, noise, {.max_bytes = 1 << 20}).ok() ? 0 : 1;
        }
        // A brotli stream of a few bytes is easily a valid one: it has no check.
        EXPECT_GE(failures, coding == ContentCoding::Brotli ? 1900 : 2000)
            << name_of(coding);
    }
}

TEST(ContentCoding, ABitThatIsWrongIsNeverDecodedAsSomethingElse) {
    const auto plain = rows(2000, 5);
    for (const auto coding : {ContentCoding::Gzip, ContentCoding::Deflate}) {
        const auto coded = encode(coding, plain);
        for (std::size_t bit = 0; bit < coded.size() * 8; ++bit) {
            const auto decoded = decode(coding, with_wrong_bit(coded, bit));
            ASSERT_TRUE(!decoded.ok() || decoded->view() == plain) << bit;
        }
    }
}

TEST(ContentCoding, ALengthInTheTrailerThatLiesIsAFailure) {
    const auto coded = gzip(rows(5000, 6));
    for (const char lie : {'\0', '\x7F', '\xFF'}) {
        auto damaged = coded;
        damaged.replace(damaged.size() - 4, 4, 4, lie);
        EXPECT_EQ(kind_of(decode(ContentCoding::Gzip, damaged)),
                  ErrorKind::DecodeFailed);
    }
}

TEST(ContentCoding, SaysWhatIsWrongInAsciiOnly) {
    for (const auto coding : kCodings) {
        const auto message = decode(coding, "\xFF\xFF\xFF\xFF").failure().message;
        EXPECT_NE(message.find(name_of(coding)), std::string::npos) << message;
        for (const char letter : message) EXPECT_TRUE(letter >= ' ' && letter <= '~');
    }
}

// ------------------------------------------------------------------------- limits

TEST(DecodeLimits, AreTheLesserOfBytesAndRatioAboveOneMebibyte) {
    constexpr std::size_t kMebibyte = 1 << 20;
    const DecodeLimits limits;
    EXPECT_EQ(limits.ceiling(0), kMebibyte);
    EXPECT_EQ(limits.ceiling(4000), kMebibyte);
    EXPECT_EQ(limits.ceiling(37'000), 37'000U * 250);
    EXPECT_EQ(limits.ceiling(10 * kMebibyte), 64 * kMebibyte);
    EXPECT_EQ(limits.ceiling(std::size_t(-1)), 64 * kMebibyte);
    EXPECT_EQ((DecodeLimits{.max_bytes = 10}.ceiling(1000)), 10U);
    EXPECT_EQ((DecodeLimits{.max_bytes = 10, .max_ratio = 0}.ceiling(1000)), 10U);
}

TEST(DecodeLimits, LetExactlyTheirBytesThroughAndNotOneMore) {
    for (const auto coding : {ContentCoding::Identity,
                              ContentCoding::Gzip,
                              ContentCoding::Deflate,
                              ContentCoding::Brotli,
                              ContentCoding::Zstd}) {
        for (const std::size_t size : {1U, 100U, 4096U, 70'001U, 300'000U}) {
            const auto plain = rows(size, 7);
            const auto coded = encode(coding, plain);
            const auto whole = decode(coding, coded, {.max_bytes = size});
            ASSERT_TRUE(whole.ok()) << name_of(coding) << size;
            ASSERT_EQ(whole->view(), plain);
            ASSERT_EQ(kind_of(decode(coding, coded, {.max_bytes = size - 1})),
                      ErrorKind::BodyTooLarge)
                << name_of(coding) << size;
        }
    }
}

TEST(DecodeLimits, HoldAtEveryLimit) {
    const auto plain = rows(2500, 8);
    for (const auto coding : kCodings) {
        const auto coded = encode(coding, plain);
        for (std::size_t limit = 0; limit < plain.size(); ++limit) {
            ASSERT_EQ(kind_of(decode(coding, coded, {.max_bytes = limit})),
                      ErrorKind::BodyTooLarge)
                << name_of(coding) << limit;
        }
    }
    const auto streamed = zstd_streamed(plain);
    for (std::size_t limit = 0; limit < plain.size(); ++limit) {
        ASSERT_EQ(kind_of(decode(ContentCoding::Zstd, streamed, {.max_bytes = limit})),
                  ErrorKind::BodyTooLarge)
            << limit;
    }
}

TEST(DecodeLimits, StopABombByItsRatio) {
    std::string zeros;
    zeros.resize(20'000'000, '0');
    for (const auto coding : kCodings) {
        const auto coded = encode(coding, zeros);
        ASSERT_LT(coded.size() * 250, zeros.size()) << name_of(coding);
        EXPECT_EQ(kind_of(decode(coding, coded)), ErrorKind::BodyTooLarge)
            << name_of(coding);
        EXPECT_TRUE(decode(coding, coded, {.max_ratio = 1'000'000}).ok())
            << name_of(coding);
    }
}

TEST(ContentCoding, IsDecodedOnManyThreadsAtOnce) {
    const auto plain = rows(100'000, 10);
    std::array<std::string, kCodings.size()> coded;
    for (std::size_t i = 0; i < coded.size(); ++i)
        coded[i] = encode(kCodings[i], plain);
    std::array<bool, 4> is_right{};
    {
        std::array<std::jthread, is_right.size()> threads;
        for (std::size_t thread = 0; thread < is_right.size(); ++thread) {
            threads[thread] = std::jthread([&, thread] {
                bool all = true;
                for (std::size_t i = 0; i < 40; ++i) {
                    const auto which = (thread + i) % kCodings.size();
                    const auto decoded = decode(kCodings[which], coded[which]);
                    all = all && decoded.ok() && decoded->view() == plain;
                    all = all && compress_gzip(plain).size() == coded[0].size();
                }
                is_right[thread] = all;
            });
        }
    }
    for (const bool right : is_right) EXPECT_TRUE(right);
}

// --------------------------------------------------------------------- held bodies

TEST(HeldBody, IsDecodedWhateverItsRatio) {
    std::string zeros;
    zeros.resize(20'000'000, '0');
    for (const auto coding : kCodings) {
        const Body body{base::Bytes{encode(coding, zeros)}, coding, zeros.size()};
        const auto decoded = decode(body);
        ASSERT_TRUE(decoded.ok()) << name_of(coding);
        EXPECT_EQ(decoded->view(), zeros) << name_of(coding);
    }
}

TEST(HeldBody, ThatIsNotCodedIsShared) {
    const Body body{base::Bytes{"plain"}, ContentCoding::Identity, 5};
    EXPECT_EQ(decode(body)->data(), body.bytes.data());
}

TEST(HeldBody, IsNeverDecodedToMoreThanItsSize) {
    const auto plain = rows(5000, 1);
    for (const auto coding : kCodings) {
        const Body body{base::Bytes{encode(coding, plain)}, coding, plain.size() - 1};
        EXPECT_EQ(kind_of(decode(body)), ErrorKind::BodyTooLarge) << name_of(coding);
    }
}

// -------------------------------------------------------------------------- names

TEST(ParseContentCoding, KnowsEachByItsName) {
    for (const auto coding : kCodings) {
        EXPECT_EQ(parse_content_coding(name_of(coding)), coding);
    }
    EXPECT_EQ(parse_content_coding("GZip"), ContentCoding::Gzip);
    EXPECT_EQ(parse_content_coding(" x-gzip\t"), ContentCoding::Gzip);
}

TEST(ParseContentCoding, IsIdentityForNothing) {
    for (const auto* text :
         {"", " ", "identity", "IDENTITY", "identity, identity", ","}) {
        EXPECT_EQ(parse_content_coding(text), ContentCoding::Identity) << text;
    }
}

TEST(ParseContentCoding, PassesOverIdentityBesideAnother) {
    EXPECT_EQ(parse_content_coding("identity, gzip"), ContentCoding::Gzip);
    EXPECT_EQ(parse_content_coding("br, identity"), ContentCoding::Brotli);
}

TEST(ParseContentCoding, IsNothingForTheUnknownAndForTwo) {
    for (const auto* text : {"compress",
                             "gzi",
                             "gzip2",
                             "gzip, br",
                             "gzip, gzip",
                             "gzip;q=1",
                             "gzip br"}) {
        EXPECT_EQ(parse_content_coding(text), std::nullopt) << text;
    }
}

TEST(AcceptEncoding, NamesOnlyWhatIsDecoded) {
    std::string_view left = kAcceptEncoding;
    while (!left.empty()) {
        const auto end = std::min(left.find(", "), left.size());
        EXPECT_TRUE(parse_content_coding(left.substr(0, end)).has_value());
        left.remove_prefix(std::min(end + 2, left.size()));
    }
}

}  // namespace
}  // namespace pyesi::http

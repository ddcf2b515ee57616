#include "http/content_coding.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

// Every allocation of this program goes through here, so that the largest one while
// a bomb is decoded can be seen. (The libraries' own state comes from malloc.)
namespace {
std::atomic<std::size_t> largest_allocation{0};
}  // namespace

void* operator new(std::size_t size) {
    if (size > largest_allocation.load()) largest_allocation.store(size);
    void* const memory = std::malloc(size);
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace pyesi::http {
namespace {

constexpr std::size_t kBombSize = 32'000'000;

/// The count and the slack that Bytes need beside what they hold.
constexpr std::size_t kOverhead = 256;

std::string brotli_bomb() {
    const std::string zeros(kBombSize, '0');
    std::size_t size = 100'000;
    std::string coded(size, '\0');
    BrotliEncoderCompress(1,
                          BROTLI_DEFAULT_WINDOW,
                          BROTLI_MODE_TEXT,
                          zeros.size(),
                          reinterpret_cast<const std::uint8_t*>(zeros.data()),
                          &size,
                          reinterpret_cast<std::uint8_t*>(coded.data()));
    coded.resize(size);
    return coded;
}

std::string zstd_bomb() {
    const std::string zeros(kBombSize, '0');
    std::string coded(ZSTD_compressBound(zeros.size()), '\0');
    coded.resize(
        ZSTD_compress(coded.data(), coded.size(), zeros.data(), zeros.size(), 1));
    return coded;
}

std::string gzip_bomb() {
    return std::string{compress_gzip(std::string(kBombSize, '0')).view()};
}

/// Claims four gigabytes in its trailer, as a sender may who means harm.
std::string gzip_that_boasts() {
    auto coded = gzip_bomb();
    std::fill(coded.end() - 4, coded.end(), '\xFF');
    return coded;
}

std::size_t largest_while_decoding(ContentCoding coding,
                                   const std::string& coded,
                                   DecodeLimits limits) {
    largest_allocation = 0;
    const auto decoded = decode(coding, coded, limits);
    EXPECT_FALSE(decoded.ok());
    return largest_allocation;
}

TEST(DecodeMemory, NoAllocationForABombPassesTheCeiling) {
    const auto gzip = gzip_bomb();
    const auto boast = gzip_that_boasts();
    const auto brotli = brotli_bomb();
    const auto zstd = zstd_bomb();
    for (const std::size_t limit : {1'000U, 100'000U, 5'000'000U, 31'999'999U}) {
        const DecodeLimits limits{.max_bytes = limit, .max_ratio = 1'000'000};
        const auto most = limit + kOverhead;
        EXPECT_LE(largest_while_decoding(ContentCoding::Gzip, gzip, limits), most);
        EXPECT_LE(largest_while_decoding(ContentCoding::Gzip, boast, limits), most);
        EXPECT_LE(largest_while_decoding(ContentCoding::Brotli, brotli, limits), most);
        EXPECT_LE(largest_while_decoding(ContentCoding::Zstd, zstd, limits), most);
    }
}

TEST(DecodeMemory, ABodyWhoseTrailerTellsItsSizeTakesOneAllocationOfThatSize) {
    const std::string plain(1'000'000, '0');
    const auto coded = compress_gzip(plain);
    largest_allocation = 0;
    ASSERT_TRUE(decode(ContentCoding::Gzip, coded.view(), {.max_ratio = 10'000}).ok());
    EXPECT_LE(largest_allocation, plain.size() + kOverhead);
}

}  // namespace
}  // namespace pyesi::http

#include "http/content_coding.h"

#include "http/capped_room.h"
#include "http/headers.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace pyesi::http {

namespace {

using base::Bytes;
using base::ErrorKind;
using base::Failure;

using MaybeFailure = std::optional<Failure>;

// Where the coded bytes do not tell: ESI's bodies shrink 5 to 12 times.
constexpr std::size_t kUsualRatio = 8;
// Deflate cannot do more than this (one bit a symbol, 258 bytes a symbol).
constexpr std::size_t kDeflateRatio = 1032;

Failure damaged(ContentCoding coding) {
    const auto name = std::string{name_of(coding)};
    return base::make_failure(ErrorKind::DecodeFailed,
                              "the body is cut or damaged: it is not valid " + name);
}

Failure too_large(std::size_t ceiling) {
    return base::make_failure(
        ErrorKind::BodyTooLarge,
        "the body decodes to more than " + std::to_string(ceiling) + " bytes");
}

// -------------------------------------------- libdeflate and zstd, one at a time

/// What one go at the front of the coded bytes gave.
struct Go {
    enum class End : std::uint8_t { Done, NeedsRoom, Damaged };

    End end = End::Damaged;
    std::size_t consumed = 0;
    std::size_t produced = 0;
};

using Member = Go (*)(std::string_view coded, CappedRoom& room);

/// Neither library tells how much room it would have needed: a member that does
/// not fit is begun anew in twice the room, which at most doubles the work.
MaybeFailure decode_members(ContentCoding coding,
                            std::string_view coded,
                            CappedRoom& room,
                            Member decode_one) {
    while (!coded.empty()) {
        const Go go = decode_one(coded, room);
        if (go.end == Go::End::Damaged) return damaged(coding);
        if (go.end == Go::End::NeedsRoom) {
            if (!room.try_grow()) return too_large(room.ceiling());
            continue;
        }
        room.commit(go.produced);
        coded.remove_prefix(go.consumed);
    }
    return std::nullopt;
}

template <class Owned>
Owned* or_bad_alloc(Owned* made) {
    if (made == nullptr) throw std::bad_alloc{};
    return made;
}

struct FreeDecompressor {
    void operator()(libdeflate_decompressor* owned) const noexcept {
        libdeflate_free_decompressor(owned);
    }
};

libdeflate_decompressor* decompressor() {
    thread_local const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> own{
        or_bad_alloc(libdeflate_alloc_decompressor())};
    return own.get();
}

Go::End end_of(libdeflate_result result) noexcept {
    switch (result) {
        case LIBDEFLATE_SUCCESS: return Go::End::Done;
        case LIBDEFLATE_INSUFFICIENT_SPACE: return Go::End::NeedsRoom;
        case LIBDEFLATE_SHORT_OUTPUT:
        case LIBDEFLATE_BAD_DATA: break;
    }
    return Go::End::Damaged;
}

/// libdeflate checks the trailer: CRC and length.
Go decode_gzip_member(std::string_view coded, CappedRoom& room) {
    Go go;
    go.end = end_of(libdeflate_gzip_decompress_ex(decompressor(),
                                                  coded.data(),
                                                  coded.size(),
                                                  room.end(),
                                                  room.left(),
                                                  &go.consumed,
                                                  &go.produced));
    return go;
}

/// Unlike gzip's, zlib's streams do not follow one another.
Go decode_zlib_stream(std::string_view coded, CappedRoom& room) {
    Go go;
    go.end = end_of(libdeflate_zlib_decompress_ex(decompressor(),
                                                  coded.data(),
                                                  coded.size(),
                                                  room.end(),
                                                  room.left(),
                                                  &go.consumed,
                                                  &go.produced));
    const bool is_cut_short = go.end == Go::End::Done && go.consumed != coded.size();
    if (is_cut_short) go.end = Go::End::Damaged;
    return go;
}

struct FreeZstd {
    void operator()(ZSTD_DCtx* owned) const noexcept { ZSTD_freeDCtx(owned); }
};

/// All frames in one go: so zstd needs no window beside the result, whatever size
/// a frame asks for.
Go decode_zstd_frames(std::string_view coded, CappedRoom& room) {
    thread_local const std::unique_ptr<ZSTD_DCtx, FreeZstd> own{
        or_bad_alloc(ZSTD_createDCtx())};
    const auto size = ZSTD_decompressDCtx(
        own.get(), room.end(), room.left(), coded.data(), coded.size());
    if (ZSTD_isError(size) == 0U) return {Go::End::Done, coded.size(), size};
    const bool needs_room = ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall;
    return {needs_room ? Go::End::NeedsRoom : Go::End::Damaged};
}

/// The last member's length modulo 2^32 (RFC 1952 §2.3.1): a guess, since a
/// sender may write there what it likes and there may be other members.
std::size_t guess_gzip(std::string_view coded) noexcept {
    constexpr std::size_t kTrailer = 4;
    if (coded.size() < kTrailer) return 0;
    std::size_t told = 0;
    for (std::size_t i = 1; i <= kTrailer; ++i) {
        told = told << 8U | static_cast<unsigned char>(coded[coded.size() - i]);
    }
    return std::min(told, coded.size() * kDeflateRatio);
}

/// The first frame's size, where its header tells.
std::size_t guess_zstd(std::string_view coded) noexcept {
    const auto told = ZSTD_getFrameContentSize(coded.data(), coded.size());
    const bool is_told =
        told != ZSTD_CONTENTSIZE_UNKNOWN && told != ZSTD_CONTENTSIZE_ERROR;
    return is_told ? static_cast<std::size_t>(told) : coded.size() * kUsualRatio;
}

// --------------------------------------------------------------------- brotli

struct FreeBrotli {
    void operator()(BrotliDecoderState* owned) const noexcept {
        BrotliDecoderDestroyInstance(owned);
    }
};
using BrotliState = std::unique_ptr<BrotliDecoderState, FreeBrotli>;

struct Unread {
    const std::uint8_t* next;
    std::size_t left;
};

BrotliDecoderResult fill(BrotliDecoderState* state, Unread& unread, CappedRoom& room) {
    auto* next_out = reinterpret_cast<std::uint8_t*>(room.end());
    const auto before = room.left();
    auto left = before;
    const auto result = BrotliDecoderDecompressStream(
        state, &unread.left, &unread.next, &left, &next_out, nullptr);
    room.commit(before - left);
    return result;
}

MaybeFailure decode_brotli(std::string_view coded, CappedRoom& room) {
    const BrotliState state{
        or_bad_alloc(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr))};
    Unread unread{reinterpret_cast<const std::uint8_t*>(coded.data()), coded.size()};
    auto result = fill(state.get(), unread, room);
    while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        if (!room.try_grow()) return too_large(room.ceiling());
        result = fill(state.get(), unread, room);
    }
    const bool is_whole = result == BROTLI_DECODER_RESULT_SUCCESS && unread.left == 0;
    if (!is_whole) return damaged(ContentCoding::Brotli);
    return std::nullopt;
}

// ------------------------------------------------------------------- together

std::size_t guess(ContentCoding coding, std::string_view coded) noexcept {
    if (coding == ContentCoding::Gzip) return guess_gzip(coded);
    if (coding == ContentCoding::Zstd) return guess_zstd(coded);
    return coded.size() * kUsualRatio;
}

MaybeFailure decode_into(CappedRoom& room,
                         ContentCoding coding,
                         std::string_view coded) {
    switch (coding) {
        case ContentCoding::Gzip:
            return decode_members(coding, coded, room, decode_gzip_member);
        case ContentCoding::Deflate:
            return decode_members(coding, coded, room, decode_zlib_stream);
        case ContentCoding::Zstd:
            return decode_members(coding, coded, room, decode_zstd_frames);
        case ContentCoding::Brotli: return decode_brotli(coded, room);
        case ContentCoding::Identity: break;
    }
    return std::nullopt;
}

base::Result<Bytes> decode_in(CappedRoom room,
                              ContentCoding coding,
                              std::string_view coded) {
    if (auto failure = decode_into(room, coding, coded)) return *std::move(failure);
    return std::move(room).freeze();
}

base::Result<Bytes> copy(std::string_view plain, DecodeLimits limits) {
    if (plain.size() > limits.max_bytes) return too_large(limits.max_bytes);
    return Bytes{plain};
}

std::optional<ContentCoding> parse_one(std::string_view name) noexcept {
    if (name.empty() || equal_without_case(name, "identity")) {
        return ContentCoding::Identity;
    }
    if (equal_without_case(name, "x-gzip")) return ContentCoding::Gzip;
    for (const auto coding : {ContentCoding::Gzip,
                              ContentCoding::Deflate,
                              ContentCoding::Brotli,
                              ContentCoding::Zstd}) {
        if (equal_without_case(name, name_of(coding))) return coding;
    }
    return std::nullopt;
}

}  // namespace

std::size_t DecodeLimits::ceiling(std::size_t coded_bytes) const noexcept {
    const auto ratio = std::max<std::size_t>(max_ratio, 1);
    if (coded_bytes > max_bytes / ratio) return max_bytes;
    return std::min(max_bytes, std::max(kMebibyte, coded_bytes * ratio));
}

std::optional<ContentCoding> parse_content_coding(std::string_view value) noexcept {
    auto found = ContentCoding::Identity;
    while (!value.empty()) {
        const auto end = std::min(value.find(','), value.size());
        const auto coding = parse_one(without_blanks(value.substr(0, end)));
        if (!coding) return std::nullopt;
        const bool is_second = found != ContentCoding::Identity;
        if (is_second && *coding != ContentCoding::Identity) return std::nullopt;
        if (!is_second) found = *coding;
        value.remove_prefix(std::min(end + 1, value.size()));
    }
    return found;
}

base::Result<Bytes> decode(ContentCoding coding,
                           std::string_view coded,
                           DecodeLimits limits) {
    if (coding == ContentCoding::Identity) return copy(coded, limits);
    if (coded.empty()) return Bytes{};
    return decode_in(
        CappedRoom{guess(coding, coded), limits.ceiling(coded.size())}, coding, coded);
}

base::Result<Bytes> decode(const Body& body) {
    if (body.coding == ContentCoding::Identity) return body.bytes;
    const auto size = body.decoded_size;
    return decode_in(CappedRoom{size, size}, body.coding, body.bytes.view());
}

}  // namespace pyesi::http

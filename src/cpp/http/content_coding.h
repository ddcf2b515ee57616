#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "http/message.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace pyesi::http {

/// What we can decode, for Accept-Encoding.
inline constexpr std::string_view kAcceptEncoding = "gzip, zstd, br";

/// How far a body may unfold.
struct DecodeLimits {
    static constexpr std::size_t kMebibyte = std::size_t{1} << 20;

    std::size_t max_bytes = 64 * kMebibyte;
    /// Decoded to coded size; ESI's bodies shrink 5 to 12 times. Bodies of up to
    /// one mebibyte may unfold from less.
    std::size_t max_ratio = 250;

    /// The most that `coded_bytes` may decode to.
    std::size_t ceiling(std::size_t coded_bytes) const noexcept;
};

/// Reads a Content-Encoding value; an empty one is Identity. Nothing for an
/// unknown coding and for two in a row.
std::optional<ContentCoding> parse_content_coding(std::string_view value) noexcept;

/// The coding's name in Content-Encoding.
constexpr std::string_view name_of(ContentCoding coding) noexcept {
    switch (coding) {
        case ContentCoding::Identity: return "identity";
        case ContentCoding::Gzip: return "gzip";
        case ContentCoding::Deflate: return "deflate";
        case ContentCoding::Brotli: return "br";
        case ContentCoding::Zstd: return "zstd";
    }
    return "identity";
}

/// Decodes a whole body that came from elsewhere; `coded` is copied if it is not coded
/// at all. Thread-safe.
///
/// DecodeFailed if it is cut, damaged, or followed by something else;
/// BodyTooLarge as soon as it is seen to pass the limits: no allocation for the
/// result is ever larger than they allow. No bytes decode to no bytes in every
/// coding, since answers to HEAD name a coding and carry none.
base::Result<base::Bytes> decode(ContentCoding coding,
                                 std::string_view coded,
                                 DecodeLimits limits = {});

/// Decodes a body that we hold: since its size is known, that size is the limit and
/// no other. Shares the bytes of one that is not coded. Thread-safe.
base::Result<base::Bytes> decode(const Body& body);

/// One gzip member, to hold a body that came plain. The bytes take no more room
/// than they need. Thread-safe.
/// REQUIRES: 0 <= level <= 12.
base::Bytes compress_gzip(std::string_view plain, int level = 1);

}  // namespace pyesi::http

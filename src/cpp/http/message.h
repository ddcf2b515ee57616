#pragma once

#include "base/bytes.h"
#include "http/headers.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pyesi::http {

/// How a body is coded (RFC 9110 §8.4.1).
enum class ContentCoding : std::uint8_t { Identity, Gzip, Deflate, Brotli, Zstd };

/// A body as it is held: perhaps still compressed, but known to decode into
/// `decoded_size` bytes.
struct Body {
    base::Bytes bytes;
    ContentCoding coding = ContentCoding::Identity;
    std::size_t decoded_size = 0;
};

/// A whole answer. Its `Content-Encoding` field stays what the server said.
struct Response {
    int status = 0;
    Headers headers;
    Body body;
};

}  // namespace pyesi::http

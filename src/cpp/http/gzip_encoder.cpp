#include "http/content_coding.h"

#include <libdeflate.h>

#include <memory>
#include <new>

namespace pyesi::http {

namespace {

struct FreeCompressor {
    void operator()(libdeflate_compressor* owned) const noexcept {
        libdeflate_free_compressor(owned);
    }
};

/// One for each thread, made anew when the level changes: that is rare, since one
/// program uses one.
struct Compressor {
    std::unique_ptr<libdeflate_compressor, FreeCompressor> own;
    int level = -1;
};

libdeflate_compressor* compressor_of(int level) {
    thread_local Compressor kept;
    if (kept.level == level) return kept.own.get();
    kept.level = -1;
    kept.own.reset(libdeflate_alloc_compressor(level));
    if (!kept.own) throw std::bad_alloc{};
    kept.level = level;
    return kept.own.get();
}

}  // namespace

base::Bytes compress_gzip(std::string_view plain, int level) {
    auto* const compressor = compressor_of(level);
    const auto bound = libdeflate_gzip_compress_bound(compressor, plain.size());
    // The bound is more than the body's own size: the result is copied out of it,
    // so that a cache does not hold the difference.
    base::ByteBuffer scratch;
    char* const start = scratch.prepare(bound);
    const auto size =
        libdeflate_gzip_compress(compressor, plain.data(), plain.size(), start, bound);
    return base::Bytes{std::string_view{start, size}};
}

}  // namespace pyesi::http

#pragma once

#include "cache/request_directives.h"

#include <cstdint>

namespace pyesi::engine {

/// How one request uses the cache, as its caller names it.
enum class CacheMode : std::uint8_t {
    Default,
    Reload,        ///< asked for now, fresh or not: the one way to be early
    NoStore,       ///< not kept past its freshness, and in memory alone
    OnlyIfCached,  ///< nothing is sent
    ForceStale,    ///< a stale answer will do
};

inline constexpr int kCacheModes = static_cast<int>(CacheMode::ForceStale) + 1;

/// What a mode means in the words of RFC 9111 §5.2.1, so that decide_reuse decides.
cache::RequestDirectives directives_of(CacheMode mode) noexcept;

}  // namespace pyesi::engine

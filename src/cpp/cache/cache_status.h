#pragma once

#include "base/time.h"
#include "cache/entry.h"
#include "http/method.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pyesi::cache {

/// Why a request was sent on (RFC 9211 §2.2).
enum class ForwardReason : std::uint8_t {
    Bypass,    ///< the cache is not to be used
    Method,    ///< the method may not be answered from a cache
    UriMiss,   ///< nothing is stored under its key
    VaryMiss,  ///< what is stored was chosen by other request fields
    Miss,      ///< one of the two, untold
    Request,   ///< what is stored is fresh, and the request wants newer
    Stale,     ///< what is stored is fresh no more
    Partial,   ///< what is stored is a part
};

/// How a cache dealt with one request (RFC 9211 §2).
struct CacheStatus {
    bool hit = false;  ///< answered without sending; then nothing was forwarded
    std::optional<ForwardReason> forwarded = std::nullopt;
    std::optional<int> forward_status = std::nullopt;  ///< of the answer that came
    std::optional<std::chrono::seconds> ttl = std::nullopt;  ///< below 0: stale since
    bool stored = false;
    bool collapsed = false;  ///< shared the forwarded request of another
    std::string key{};
    std::string detail{};
};

/// The value of the Cache-Status field (RFC 9211 §2) for one cache, as RFC 8941 writes
/// it. A key or detail that holds more than visible ASCII is left out.
std::string to_text(const CacheStatus& status, std::string_view cache_name = "pyesi");

/// What happened to a request, as far as its Cache-Status tells.
struct Passage {
    http::Method method = http::Method::Get;
    base::TimePoint looked_up_at{};
    base::TimePoint answered_at{};
    bool bypassed = false;
    const Entry* found = nullptr;  ///< under its key; null if nothing was
    bool matches_found = true;     ///< matches_variant
    bool sent = false;             ///< by itself or by the one that it shared
    bool collapsed = false;
    std::optional<int> status = std::nullopt;  ///< that came back, if any did
    const Entry* answer = nullptr;  ///< what was handed over; null if nothing
    bool stored = false;            ///< what came back was kept
};

/// RFC 9211 §2.1 to §2.6.
CacheStatus describe(const Passage& passage);

}  // namespace pyesi::cache

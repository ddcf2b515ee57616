#pragma once

#include "base/time.h"
#include "http/headers.h"
#include "http/method.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace pyesi::cache {

/// A client's own cache, or one that several users share (the gateway). They
/// differ in `private` and in the directives that are for shared caches alone.
enum class CacheMode : std::uint8_t { Private, Shared };

/// No lifetime and no age is longer: 10^9 s, 31 years. RFC 9111 §1.2.2 asks for
/// 2^31 s or what fits; any HTTP date plus this still does.
inline constexpr base::Duration kLongestLifetime = std::chrono::seconds{1'000'000'000};

/// What said how long an answer is fresh.
enum class LifetimeSource : std::uint8_t {
    None,
    MaxAge,
    SharedMaxAge,
    Expires,
    Catalog,
    Application,  ///< the value is the application's own
    Override,     ///< the user wants the route's answers longer than it is told
    Dynamic,      ///< nobody dates it, and it grows with use
};

/// Entries on disk hold a source by its number: new ones come behind.
inline constexpr auto kLastLifetimeSource = LifetimeSource::Dynamic;

struct Lifetime {
    base::Duration length{0};
    LifetimeSource source = LifetimeSource::None;
};

/// What bears on a lifetime beside the answer's headers.
struct LifetimeFacts {
    base::WallTime received_wall;
    std::optional<base::Duration> catalog_lifetime = std::nullopt;
    CacheMode mode = CacheMode::Private;

    /// What the user wants of the route. It lengthens and never shortens: who asks
    /// before the server's own lifetime is over is banned by ESI.
    std::optional<base::Duration> override_lifetime = std::nullopt;

    /// For answers that neither the server nor the catalog dates: see dynamic_ttl.
    std::optional<base::Duration> dynamic_lifetime = std::nullopt;
};

/// How long an answer is fresh, counted from its Date (RFC 9111 §4.2.1).
///
/// `max-age` if it can be read (`s-maxage` first in a shared cache); else Expires
/// less Date, never less than 0, where an Expires that is no date is past (§5.3);
/// else the catalog's lifetime; else the dynamic one; else 0. The user's own is taken
/// where it is longer.
/// `no-cache` for the whole answer makes it 0, whatever else is said. There is no
/// heuristic lifetime: without a word from the server, the catalog or the user every
/// use is validated.
Lifetime freshness_lifetime(const http::Headers& headers, const LifetimeFacts& facts);

/// The instant of the answer by the server's clock: Date, else the arrival
/// (RFC 9110 §6.6.1).
base::WallTime date_of(const http::Headers& headers,
                       base::WallTime received_wall) noexcept;

/// The Age field (RFC 9111 §5.1), 0 if there is none that can be read.
///
/// It is the whole age at arrival. §4.2.3 would add the time that the request was
/// under way, lest a stale answer be served by so much; that would make pyesi ask
/// by so much too early, which ESI punishes, and so it is left out. So is the apparent
/// age by the local clock, which §4.2.3 lets go where Age can be trusted: a clock that
/// runs ahead would make every answer stale.
base::Duration age_when_received(const http::Headers& headers) noexcept;

/// Whether an answer may be stored, or what forbids it.
enum class Storability : std::uint8_t {
    Storable,
    MethodForbids,         ///< neither GET, HEAD nor a read of the catalog's
    StatusForbids,         ///< not a whole answer, or an error
    NoStore,               ///< the server or the caller said so (RFC 9111 §5.2)
    PrivateForbids,        ///< `private`, in a shared cache, without an identity
    AuthorizationForbids,  ///< a token went along, in a shared cache (RFC 9111 §3.5)
    VariesByAnything,      ///< `Vary: *` (RFC 9110 §12.5.5)
    NothingToReuse,        ///< no lifetime, no validator, no word on errors
};

/// What bears on storing beside the answer's headers.
struct StoreQuestion {
    http::Method method = http::Method::Get;
    int status = 0;
    bool catalog_read = false;  ///< a POST that only reads, keyed by its body
    bool caller_no_store = false;
    bool has_identity = false;  ///< the key names one, so others cannot meet it
    bool has_authorization = false;
    LifetimeFacts lifetime_facts;
};

/// RFC 9111 §3. Errors are not stored. What `no-cache` and `private` say of some fields
/// alone does not keep the rest of the answer out (see stored_fields).
Storability decide_storable(const StoreQuestion& question,
                            const http::Headers& headers);

}  // namespace pyesi::cache

#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "catalog/route.h"
#include "engine/cache_mode.h"
#include "engine/profile.h"
#include "http/headers.h"
#include "http/method.h"
#include "scheduler/priority.h"
#include "transport/transfer.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace pyesi::engine {

struct RowsWanted;

/// What a request may have beyond its route and parameters. Shared by the
/// requests of a batch or a sweep.
///
/// Constant after construction.
struct Options {
    http::Headers headers;
    base::Bytes body;
    bool has_body = false;

    std::string authorization;  ///< "Bearer ..."; never shown, never part of a key
    std::string identity;       ///< whose token it is; empty without one
    std::string variant;        ///< Profile::variant_of(identity), made once

    transport::Timeouts timeouts;
    base::Duration pool_timeout = std::chrono::seconds{30};
    base::Duration total_timeout = std::chrono::seconds{30};
    scheduler::Priority priority = scheduler::Priority::Normal;
    CacheMode cache_mode = CacheMode::Default;

    /// Stale answers are accepted when the upstream fails. A sweep takes none.
    bool accept_stale = true;

    /// Items of a batch or sweep have no deadline while they are queued: their
    /// total time-out counts from admission.
    bool counted_from_admission = false;

    /// Bounds the whole, however long it queues.
    base::TimePoint deadline = base::TimePoint::max();
};

/// What a caller asked for: a request, before it is sent.
struct Call {
    std::shared_ptr<const Profile> profile;
    std::shared_ptr<const catalog::Route> route;
    std::shared_ptr<const Options> options;
    std::string target;  ///< path and query, canonical
    http::Method method = http::Method::Get;

    /// One for all pages of a sweep; null for any other request.
    std::shared_ptr<SweepHome> home{};

    /// What its answer is to be read into; null: nothing, the answer is wanted.
    std::shared_ptr<const RowsWanted> rows{};

    /// Whether its body is wanted in plain at once; else it is held as it came, where
    /// it is smaller so.
    bool wants_plain = true;
};

/// Whether the answer may be shared, kept and asked for again (RFC 9110 §9.2.1).
inline bool is_repeatable(const Call& call) noexcept {
    return http::is_safe(call.method);
}

/// A request's own options, or those that hold where it has none.
inline const Options& options_of(const Call& call) noexcept {
    static const Options usual;
    return call.options ? *call.options : usual;
}

/// Whether a token goes along.
inline bool has_token(const Call& call) noexcept {
    return call.options && !call.options->authorization.empty();
}

inline scheduler::Priority priority_of(const Call& call) noexcept {
    return options_of(call).priority;
}

inline CacheMode cache_mode_of(const Call& call) noexcept {
    return options_of(call).cache_mode;
}

}  // namespace pyesi::engine

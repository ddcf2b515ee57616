#pragma once

#include "base/time.h"
#include "cache/ttl_policy.h"
#include "http/entity_tag.h"
#include "http/message.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pyesi::cache {

/// What an entry holds: an answer of the server, or a value of the application's
/// own and how it was given.
enum class EntryKind : std::uint8_t { Response, BytesValue, TextValue, JsonValue };

/// How long an entry may be used, by both clocks.
///
/// Policy time decides, so a wall clock that is set has no say; wall time is for
/// showing, and for tiers that outlive the process.
struct EntryTimes {
    base::TimePoint received_at;
    base::WallTime received_wall;
    base::Duration age_when_received{0};
    Lifetime freshness_lifetime;

    /// received_at + freshness_lifetime - age_when_received: the hot path's one
    /// comparison. TimePoint::max() is never.
    base::TimePoint fresh_until;

    /// The end of freshness as the server's own clock tells it.
    base::WallTime expires_at;
};

/// What the server allows beyond freshness.
struct StalePermissions {
    /// must-revalidate or no-cache, and in a shared cache proxy-revalidate or
    /// s-maxage: stale is never served, not even on error (RFC 9111 §4.2.4).
    bool must_revalidate = false;
    std::optional<base::Duration> stale_if_error;          ///< RFC 5861 §4
    std::optional<base::Duration> stale_while_revalidate;  ///< RFC 5861 §3
};

/// A request field that the answer was chosen by and that no key holds
/// (RFC 9111 §4.1). Without a value when the request did not have it.
struct NominatedField {
    std::string name;
    std::optional<std::string> value;
};

/// One stored answer or value. Never changes once stored: a revalidated answer is
/// a new entry on the same body. Shared, because a caller may still read what the
/// store has evicted.
///
/// Constant after construction.
struct Entry {
    EntryKind kind = EntryKind::Response;
    http::Response response;
    EntryTimes times;
    StalePermissions permissions;

    std::optional<http::EntityTag> etag;
    std::optional<base::WallTime> last_modified;
    std::optional<int> x_pages;
    std::vector<NominatedField> nominated_fields;

    /// Kept while it is fresh, in memory alone, and not a moment longer.
    bool gone_when_stale = false;

    bool is_fresh(base::TimePoint now) const noexcept {
        return now < times.fresh_until;
    }

    /// An application's value is gone at its end; most answers stay, because their
    /// validator is still worth a 304.
    bool is_gone(base::TimePoint now) const noexcept {
        return may_be_gone() && !is_fresh(now);
    }
    bool may_be_gone() const noexcept {
        return kind != EntryKind::Response || gone_when_stale;
    }

    /// Bytes held, body and headers and ourselves, for bounds on memory.
    std::size_t weight() const noexcept;
};

using EntryPtr = std::shared_ptr<const Entry>;

/// When an answer came, by both clocks, and what else bears on its use.
struct Arrival {
    base::TimePoint received_at;
    LifetimeFacts lifetime_facts;

    /// What the request carried, for answers that vary by a field that no key
    /// holds. Null is a request without such fields. Read, not kept.
    const http::Headers* request_headers = nullptr;

    bool gone_when_stale = false;  ///< see Entry
};

/// Reads what the entry must know from the answer's headers, and drops what belonged
/// to the connection that brought them. It does not ask whether the answer may be
/// stored: that is decide_storable's to say.
EntryPtr make_entry(http::Response response, const Arrival& arrival);

}  // namespace pyesi::cache

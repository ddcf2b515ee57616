#pragma once

#include "base/clock.h"
#include "cache/popularity_table.h"
#include "cache/reuse.h"
#include "cache/store.h"
#include "engine/attempt.h"
#include "engine/call.h"
#include "engine/receiver.h"

#include <memory>
#include <optional>
#include <string_view>

namespace pyesi::engine {

struct Flight;

/// An answer as it is handed over, and kept if it may be.
struct Kept {
    cache::EntryPtr entry;
    base::Bytes decoded;
    std::shared_ptr<const RowsRead> rows{};
    Source source = Source::Network;
};

/// The cache as a request's flow sees it: what to ask it by, what it lends, and
/// what an attempt leaves in it.
///
/// Thread-safe.
class AnswerCache {
public:
    struct Settings {
        base::Duration stale_if_error;
        base::Duration negative_ttl;
        std::optional<cache::DynamicTtl> dynamic_ttl;
        std::shared_ptr<const cache::PopularityTable> popularity;
    };

    /// `store` is null where there is no cache: nothing is found or kept then.
    AnswerCache(std::shared_ptr<cache::Store> store,
                const base::Clock& clock,
                Settings settings);

    /// Empty for a request that changes something: it is shared with nobody.
    cache::CacheKey key_of(const Call& call) const;

    /// What is in memory.
    cache::EntryPtr look_up(const cache::CacheKey& key) const;

    /// The same, in doubt or not: see cache::Store::doubt.
    cache::EntryPtr peek(const cache::CacheKey& key) const;

    /// Whether a tier that takes time may have what the memory has not.
    bool may_look_further(const cache::CacheKey& key) const noexcept;

    /// Asks that tier; `found` is called once, perhaps on another thread.
    /// REQUIRES: may_look_further(key).
    void look_up(const cache::CacheKey& key, const cache::Store::Found& found) const;

    /// What was found as this request may use it: null if it was chosen by fields
    /// that the request has otherwise (RFC 9111 §4.1). A HEAD for which nothing was
    /// found is answered by a fresh GET without its body (RFC 9110 §9.3.1).
    cache::EntryPtr choose(const Call& call, const cache::EntryPtr& found) const;

    /// What the call's cache mode makes of what was found, which may be null.
    cache::Reuse decide_reuse(const Call& call,
                              const cache::EntryPtr& stored) const noexcept;

    /// What an attempt's answer becomes: a new entry, stored where that is
    /// allowed, or on a 304 the stored one refreshed. Nothing if the 304 is not
    /// about `stored`. A change that succeeded erases the answers it outdates
    /// (RFC 9111 §4.4). What a HEAD says of a stored GET is taken over (§4.3.5). A
    /// refusal is kept for a little while.
    ///
    /// REQUIRES: attempt has no failure.
    std::optional<Kept> keep(const Flight& flight,
                             const cache::EntryPtr& stored,
                             Attempt&& attempt);

    /// Whether the stored answer may stand in for one that failed.
    bool may_stand_in(const cache::EntryPtr& stored) const noexcept;

private:
    Kept keep_new(const Flight& flight, Attempt&& attempt);
    cache::EntryPtr keep_refusal(const Flight& flight, const http::Response& refusal);
    void keep_entry(const Call& call,
                    const cache::CacheKey& key,
                    const cache::EntryPtr& entry);
    void erase_outdated(const Call& call, const http::Response& answer);
    void erase(const Call& call, std::string_view target);
    void renew_stored_get(const Call& call, const http::Response& head);
    cache::EntryPtr choose_get(const Call& call) const;
    cache::Arrival arrival_of(const Call& call) const;
    std::optional<base::Duration> dynamic_lifetime(const Call& call) const;

    std::shared_ptr<cache::Store> store_;
    const base::Clock& clock_;
    Settings settings_;
};

/// The lifetime that the catalog gives a route's answers, for those that do not
/// give one themselves.
std::optional<base::Duration> catalog_lifetime(const catalog::Route& route,
                                               base::WallTime now) noexcept;

}  // namespace pyesi::engine

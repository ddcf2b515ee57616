#include "cache/reuse.h"

#include <algorithm>

namespace pyesi::cache {

namespace {

// Of two instants, one of which may be "never".
base::Duration staleness_of(const EntryTimes& times, base::TimePoint now) noexcept {
    if (now < times.fresh_until) return base::Duration{0};
    return now - times.fresh_until;
}

bool caller_wants_newer(const EntryTimes& times,
                        const RequestDirectives& directives,
                        base::TimePoint now) noexcept {
    if (directives.no_cache) return true;
    if (directives.max_age && current_age(times, now) > *directives.max_age)
        return true;
    return directives.min_fresh && times.fresh_until - now < *directives.min_fresh;
}

Reuse decide_stale_reuse(const Entry& entry,
                         const RequestDirectives& directives,
                         base::TimePoint now) noexcept {
    const auto staleness = staleness_of(entry.times, now);
    const auto& permissions = entry.permissions;
    if (permissions.must_revalidate) return Reuse::Revalidate;
    if (directives.max_stale && staleness <= *directives.max_stale) {
        return Reuse::ServeStale;
    }
    const auto window = permissions.stale_while_revalidate;
    if (window && staleness < *window) return Reuse::ServeThenRevalidate;
    return Reuse::Revalidate;
}

Reuse decide_without_ban(const Entry& entry,
                         const RequestDirectives& directives,
                         base::TimePoint now) noexcept {
    if (caller_wants_newer(entry.times, directives, now)) return Reuse::Revalidate;
    if (entry.is_fresh(now)) return Reuse::Serve;
    return decide_stale_reuse(entry, directives, now);
}

}  // namespace

base::Duration current_age(const EntryTimes& times, base::TimePoint now) noexcept {
    const auto resident = std::max(now - times.received_at, base::Duration{0});
    return times.age_when_received + resident;
}

Reuse decide_reuse(const Entry& entry,
                   const RequestDirectives& directives,
                   base::TimePoint now) noexcept {
    const auto reuse = decide_without_ban(entry, directives, now);
    if (!directives.only_if_cached) return reuse;
    if (reuse == Reuse::ServeThenRevalidate) return Reuse::ServeStale;
    return reuse == Reuse::Revalidate ? Reuse::NotCached : reuse;
}

bool may_serve_stale_on_error(const Entry& entry,
                              const RequestDirectives& directives,
                              base::Duration usual,
                              base::TimePoint now) noexcept {
    const auto asked = directives.stale_if_error;
    if (!asked && caller_wants_newer(entry.times, directives, now)) return false;
    if (entry.is_fresh(now)) return true;
    if (entry.permissions.must_revalidate) return false;
    const auto told = entry.permissions.stale_if_error;
    const auto window = std::min(told.value_or(asked.value_or(usual)),
                                 asked.value_or(base::Duration::max()));
    return staleness_of(entry.times, now) < window;
}

}  // namespace pyesi::cache

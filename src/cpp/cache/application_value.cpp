#include "cache/application_value.h"

#include <algorithm>
#include <utility>

namespace pyesi::cache {

namespace {

EntryTimes times_until_evicted(base::TimePoint now, base::WallTime wall_now) noexcept {
    return {.received_at = now,
            .received_wall = wall_now,
            .age_when_received = {},
            .freshness_lifetime = {kLongestLifetime, LifetimeSource::Application},
            .fresh_until = base::TimePoint::max(),
            .expires_at = base::WallTime::max()};
}

EntryTimes times_for(base::Duration expire,
                     base::TimePoint now,
                     base::WallTime wall_now) noexcept {
    const auto length = std::clamp(expire, base::Duration{0}, kLongestLifetime);
    return {.received_at = now,
            .received_wall = wall_now,
            .age_when_received = {},
            .freshness_lifetime = {length, LifetimeSource::Application},
            .fresh_until = now + length,
            .expires_at = wall_now + length};
}

}  // namespace

EntryPtr make_value_entry(ApplicationValue value,
                          base::TimePoint now,
                          base::WallTime wall_now) {
    auto entry = std::make_shared<Entry>();
    entry->kind = value.kind;
    entry->times = value.expire ? times_for(*value.expire, now, wall_now)
                                : times_until_evicted(now, wall_now);
    entry->response.body.decoded_size = value.bytes.size();
    entry->response.body.bytes = std::move(value.bytes);
    return entry;
}

}  // namespace pyesi::cache

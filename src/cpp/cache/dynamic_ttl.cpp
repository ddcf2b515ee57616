#include "cache/dynamic_ttl.h"

#include "cache/ttl_policy.h"

#include <algorithm>
#include <cmath>

namespace pyesi::cache {

namespace {

using Seconds = std::chrono::duration<double>;

}  // namespace

std::optional<std::string> fault_of(const DynamicTtl& settings) {
    constexpr base::Duration kNone{0};
    if (settings.base_ttl <= kNone) return "base_ttl must be above 0.";
    if (settings.max_ttl < settings.base_ttl) {
        return "max_ttl must not be below base_ttl.";
    }
    if (settings.max_ttl > kLongestLifetime) {
        return "max_ttl must not be above 1,000,000,000 seconds.";
    }
    if (settings.decay <= kNone) return "decay must be above 0.";
    const auto factor = settings.popularity_factor;
    if (!std::isfinite(factor) || factor < 0) {
        return "popularity_factor must be 0 or above.";
    }
    return std::nullopt;
}

double popularity_at(const Popularity& popularity,
                     base::Duration decay,
                     base::TimePoint now) noexcept {
    const auto since = std::max(now - popularity.at, base::Duration{0});
    return popularity.uses * std::exp2(-(Seconds{since} / Seconds{decay}));
}

Popularity used(const Popularity& popularity,
                base::Duration decay,
                base::TimePoint now) noexcept {
    return {popularity_at(popularity, decay, now) + 1, std::max(now, popularity.at)};
}

base::Duration dynamic_lifetime(const DynamicTtl& settings,
                                const Popularity& popularity,
                                base::TimePoint now) noexcept {
    const auto uses = popularity_at(popularity, settings.decay, now);
    const auto wanted =
        Seconds{settings.base_ttl} * (1 + settings.popularity_factor * uses);
    // In seconds, since what is wanted may pass what fits.
    if (wanted >= Seconds{settings.max_ttl}) return settings.max_ttl;
    return std::chrono::duration_cast<base::Duration>(wanted);
}

}  // namespace pyesi::cache

#include "cache/lifetime_override.h"

#include "cache/ttl_policy.h"

#include <algorithm>

namespace pyesi::cache {

namespace {

std::string in_seconds(base::Duration length) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(length).count()) +
           " s";
}

}  // namespace

std::optional<std::string> fault_of_override(std::string_view route,
                                             base::Duration wanted,
                                             std::optional<base::Duration> told) {
    const auto of_route = "The lifetime of " + std::string{route};
    if (wanted <= base::Duration{0}) return of_route + " must be above 0.";
    if (wanted > kLongestLifetime) {
        return of_route + " must not be above " + in_seconds(kLongestLifetime) + ".";
    }
    if (!told || wanted >= *told) return std::nullopt;
    return of_route + " must not be below the " + in_seconds(*told) +
           " that ESI gives it: asking earlier can get you banned.";
}

base::TimePoint refresh_time(const EntryTimes& times,
                             const RefreshSlack& slack,
                             double chance) noexcept {
    if (times.fresh_until == base::TimePoint::max()) return times.fresh_until;
    using Seconds = std::chrono::duration<double>;
    const auto share = std::clamp(chance, 0.0, 1.0);
    const auto jitter =
        std::chrono::duration_cast<base::Duration>(Seconds{slack.jitter} * share);
    return times.fresh_until + std::max(slack.skew, base::Duration{0}) +
           std::max(jitter, base::Duration{0});
}

}  // namespace pyesi::cache

#pragma once

#include "base/time.h"

#include <chrono>
#include <optional>
#include <string>

namespace pyesi::cache {

/// A lifetime that grows with use, for what nobody else dates: values of the
/// application and answers of routes without a lifetime. What the server dates is
/// never its business.
struct DynamicTtl {
    base::Duration base_ttl = std::chrono::minutes{1};  ///< of what nobody uses
    base::Duration max_ttl = std::chrono::hours{1};
    double popularity_factor = 0.1;  ///< each use adds this share of base_ttl

    /// In such a time the uses count half.
    base::Duration decay = std::chrono::minutes{10};
};

/// Uses, each fading with time since.
struct Popularity {
    double uses = 0;
    base::TimePoint at{};
};

/// What is wrong with the settings, as a sentence; nothing if they are right.
std::optional<std::string> fault_of(const DynamicTtl& settings);

/// The uses as they count at `now`. Time that runs backwards fades nothing.
double popularity_at(const Popularity& popularity,
                     base::Duration decay,
                     base::TimePoint now) noexcept;

/// The popularity after one more use.
Popularity used(const Popularity& popularity,
                base::Duration decay,
                base::TimePoint now) noexcept;

/// base_ttl × (1 + popularity_factor × popularity), max_ttl at the most.
/// REQUIRES: fault_of(settings) is nothing.
base::Duration dynamic_lifetime(const DynamicTtl& settings,
                                const Popularity& popularity,
                                base::TimePoint now) noexcept;

}  // namespace pyesi::cache

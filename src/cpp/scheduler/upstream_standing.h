#pragma once

#include "base/time.h"
#include "scheduler/circuit_breaker.h"
#include "scheduler/load_balancer.h"
#include "scheduler/upstream_health.h"

#include <optional>

namespace pyesi::scheduler {

/// What an upstream's breaker and its health together say of it: its standing among
/// several, the share that it is given, its conduct and its response time.
Candidate candidate_of(const CircuitBreaker& breaker,
                       const UpstreamHealth& health,
                       base::TimePoint now);

/// The same for people to read. Nothing without `health`.
std::optional<HealthState> state_of(const UpstreamHealth* health,
                                    const CircuitBreaker& breaker,
                                    base::TimePoint now) noexcept;

}  // namespace pyesi::scheduler

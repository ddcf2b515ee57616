#pragma once

#include "cache/entry.h"
#include "engine/flight.h"
#include "metrics/causes.h"
#include "metrics/request_metrics.h"
#include "scheduler/retry_policy.h"

namespace pyesi::engine {

/// What a flight's steps leave in the metrics. Thread: network thread only.

/// Why an attempt that ended so is made once more.
metrics::RetryReason retry_reason_of(const scheduler::RetryInput& input) noexcept;

/// A transfer ended that put the request on the wire so often, each of it an attempt;
/// and what it waited for before.
void count_sends(Flight& flight, int sends, metrics::RequestMetrics& metrics);

/// What was taken in: by how long it was decoded, and whether a retry has helped.
/// `answer` is null where there is none yet.
void count_end(const Flight& flight,
               const cache::Entry* answer,
               metrics::RequestMetrics& metrics);

}  // namespace pyesi::engine

#pragma once

#include "base/time.h"
#include "scheduler/gate.h"
#include "scheduler/ready_queue.h"
#include "scheduler/verdict.h"

#include <cstdint>
#include <optional>

namespace pyesi::scheduler {

// What the answer of a gate that is shut means for whoever asked it.
//
// Thread: any.

/// How long the ticket's lane is set aside. `is_shared`: other schedulers send there,
/// too. REQUIRES: the admission is neither Now nor Refused.
ReadyQueue::Hold make_hold(const Admission& admission,
                           bool is_shared,
                           base::TimePoint now) noexcept;

/// The word that refuses a ticket for it.
Verdict refusal(std::uint64_t id,
                const Admission& admission,
                base::TimePoint now) noexcept;

/// Nothing for an instant that never comes; zero for one that has passed.
std::optional<base::Duration> time_until(base::TimePoint instant,
                                         base::TimePoint now) noexcept;

}  // namespace pyesi::scheduler

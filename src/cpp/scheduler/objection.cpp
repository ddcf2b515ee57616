#include "scheduler/objection.h"

#include <algorithm>
#include <chrono>

namespace pyesi::scheduler {

namespace {

// What another scheduler's outcome frees is not told here: it is looked for. The one
// step is for what is in flight there, the other for what its answers may bring.
constexpr base::Duration kOthersOutcome = std::chrono::milliseconds{50};
constexpr base::Duration kOthersNews = std::chrono::seconds{1};

constexpr auto kNever = base::TimePoint::max();

}  // namespace

ReadyQueue::Hold make_hold(const Admission& admission,
                           bool is_shared,
                           base::TimePoint now) noexcept {
    const bool opens = admission.answer == Admission::Answer::NotBefore;
    const auto look_again = now + (opens ? kOthersNews : kOthersOutcome);
    return {.wait = opens ? ReadyQueue::Wait::Opening : ReadyQueue::Wait::Outcome,
            .why = admission.why,
            .until = is_shared ? std::min(admission.at, look_again) : admission.at,
            .opens = opens ? admission.at : kNever,
            .since = now,
            .by = admission.by};
}

Verdict refusal(std::uint64_t id,
                const Admission& admission,
                base::TimePoint now) noexcept {
    return {id, false, admission.why, time_until(admission.at, now)};
}

std::optional<base::Duration> time_until(base::TimePoint instant,
                                         base::TimePoint now) noexcept {
    if (instant == kNever) return std::nullopt;
    return std::max(instant - now, base::Duration::zero());
}

}  // namespace pyesi::scheduler

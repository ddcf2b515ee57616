#pragma once

#include "scheduler/gate.h"

#include <cstdint>
#include <limits>

namespace pyesi::scheduler {

/// Holds the number of requests in flight to a ceiling.
///
/// Thread: network thread only.
class ConcurrencyLimit final : public Gate {
public:
    /// 0: there is none.
    explicit ConcurrencyLimit(std::uint32_t max_in_flight) noexcept
        : usual_{max_in_flight == 0 ? kNone : max_in_flight}, ceiling_{usual_} {}

    Admission admit(const Ticket&, base::TimePoint) const override {
        return in_flight_ < ceiling_ ? admit_now()
                                     : when_slot_frees(base::ErrorKind::PoolTimedOut);
    }

    void on_sent(const Ticket&, base::TimePoint) override { ++in_flight_; }

    void on_outcome(const Ticket&, const Outcome&, base::TimePoint) override {
        --in_flight_;
    }

    /// Half as many until it is over. What is in flight beyond that ends as it would
    /// have.
    void set_emergency(bool on) noexcept {
        ceiling_ = on && exists() ? usual_ / 2 + usual_ % 2 : usual_;
    }

    bool exists() const noexcept { return usual_ != kNone; }
    std::uint32_t in_flight() const noexcept { return in_flight_; }

    /// 0: no ceiling.
    std::uint32_t max_in_flight() const noexcept { return exists() ? ceiling_ : 0; }

private:
    static constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();

    std::uint32_t usual_;
    std::uint32_t ceiling_;
    std::uint32_t in_flight_ = 0;
};

}  // namespace pyesi::scheduler

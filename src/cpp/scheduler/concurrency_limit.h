#pragma once

#include "scheduler/gate.h"

#include <cstdint>

namespace pyesi::scheduler {

/// Holds the number of requests in flight to a ceiling.
///
/// Thread: network thread only.
class ConcurrencyLimit final : public Gate {
public:
    /// REQUIRES: max_in_flight > 0.
    explicit ConcurrencyLimit(std::uint32_t max_in_flight) noexcept
        : max_in_flight_{max_in_flight} {}

    Admission admit(const Ticket&, base::TimePoint) const override {
        return in_flight_ < max_in_flight_
                   ? admit_now()
                   : when_slot_frees(base::ErrorKind::PoolTimedOut);
    }

    void on_sent(const Ticket&, base::TimePoint) override { ++in_flight_; }

    void on_outcome(const Ticket&, const Outcome&, base::TimePoint) override {
        --in_flight_;
    }

    /// What is in flight beyond a lower ceiling ends as it would have.
    /// REQUIRES: max_in_flight > 0.
    void set_max_in_flight(std::uint32_t max_in_flight) noexcept {
        max_in_flight_ = max_in_flight;
    }

    std::uint32_t in_flight() const noexcept { return in_flight_; }
    std::uint32_t max_in_flight() const noexcept { return max_in_flight_; }

private:
    std::uint32_t max_in_flight_;
    std::uint32_t in_flight_ = 0;
};

}  // namespace pyesi::scheduler

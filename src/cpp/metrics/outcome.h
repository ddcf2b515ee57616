#pragma once

#include "base/failure.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace pyesi::metrics {

/// How a request ended, as the label `outcome` shows it. Few, so that
/// routes × outcomes stays small.
enum class Outcome : std::uint8_t {
    // A response that can be used, by where it came from.
    Network,
    Fresh,
    Revalidated,
    Stale,
    // A response that says no.
    ClientError,
    ServerError,
    Limited,
    // No response.
    Invalid,
    TransportFailed,
    TimedOut,
    Refused,
    CacheMiss,
    DeadlineExceeded,
    Cancelled,
    Unacceptable,
};

inline constexpr std::size_t kOutcomeCount =
    static_cast<std::size_t>(Outcome::Unacceptable) + 1;

/// All outcomes, in the order of their numbers.
inline constexpr auto kOutcomes = [] {
    std::array<Outcome, kOutcomeCount> all{};
    for (std::size_t i = 0; i < kOutcomeCount; ++i) all[i] = static_cast<Outcome>(i);
    return all;
}();

/// The value of the label.
constexpr const char* name_of(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::Network: return "network";
        case Outcome::Fresh: return "fresh";
        case Outcome::Revalidated: return "revalidated";
        case Outcome::Stale: return "stale";
        case Outcome::ClientError: return "client_error";
        case Outcome::ServerError: return "server_error";
        case Outcome::Limited: return "limited";
        case Outcome::Invalid: return "invalid";
        case Outcome::TransportFailed: return "transport_failed";
        case Outcome::TimedOut: return "timed_out";
        case Outcome::Refused: return "refused";
        case Outcome::CacheMiss: return "cache_miss";
        case Outcome::DeadlineExceeded: return "deadline_exceeded";
        case Outcome::Cancelled: return "cancelled";
        case Outcome::Unacceptable: return "unacceptable";
    }
    return "unacceptable";
}

/// Whether it counts to the error rate: no answer that can be used, and not by what was
/// asked. The rules of docs/how-to/monitoring go by the same.
constexpr bool is_error(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::ServerError:
        case Outcome::Limited:
        case Outcome::TransportFailed:
        case Outcome::TimedOut:
        case Outcome::Refused:
        case Outcome::DeadlineExceeded:
        case Outcome::Unacceptable: return true;
        default: return false;
    }
}

/// The outcome of a request that a response of this status from the network ended.
Outcome outcome_of_status(int status) noexcept;

/// The outcome of a request that ended without a response.
Outcome outcome_of_failure(base::ErrorKind kind) noexcept;

/// One number for each outcome.
///
/// Thread: any one at a time. (Its elements may know better: a Counter does.)
template <class T>
class PerOutcome {
public:
    T& operator[](Outcome outcome) noexcept { return of_[index(outcome)]; }
    const T& operator[](Outcome outcome) const noexcept { return of_[index(outcome)]; }

private:
    static constexpr std::size_t index(Outcome outcome) noexcept {
        return static_cast<std::size_t>(outcome);
    }

    std::array<T, kOutcomeCount> of_{};
};

}  // namespace pyesi::metrics

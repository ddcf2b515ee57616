#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace pyesi::scheduler {

/// By what one of several upstreams is chosen.
enum class Balancing : std::uint8_t {
    RoundRobin,          ///< by turns, whatever their weights
    WeightedRoundRobin,  ///< by turns, as often as their weights say, well mixed
    LeastConnections,    ///< who has least to do, for its weight
    LeastResponseTime,   ///< who will be done first, by its latest answers
    HealthWeighted,      ///< by turns, weighted by how often it has answered well
    SourceHash,          ///< one for each identity, always the same while it is there
};

std::optional<Balancing> parse_balancing(std::string_view name) noexcept;

/// Whether an upstream can take a request, the best first. A worse one is taken only
/// where there is no better.
enum class Standing : std::uint8_t {
    Open,
    Full,     ///< it has in hand what it may: a request would wait
    Probing,  ///< it was down; one request may find out whether it is well again
    Ejected,  ///< it fails too often
    Down,     ///< its health checks fail
    Shut,     ///< its circuit breaker lets nothing through
};

constexpr bool takes_requests(Standing standing) noexcept {
    return standing == Standing::Open || standing == Standing::Full;
}

/// One of several upstreams, at the moment of a choice.
struct Candidate {
    Standing standing = Standing::Open;
    double weight = 1;         ///< above 0
    double share = 1;          ///< of its weight that counts now; in (0, 1]
    double conduct = 1;        ///< the share of good answers; in (0, 1]
    double response_time = 0;  ///< in seconds; 0: not known
    std::uint32_t load = 0;    ///< requests that wait for it and that it has in hand
    std::uint64_t key = 0;     ///< its name, for SourceHash
};

/// Who may be chosen, by bits: that of the first candidate is 1.
struct Choosing {
    std::uint32_t allowed = 0xffffffffU;
    std::uint32_t avoided = 0;  ///< taken only if no other takes requests
    bool may_probe = false;     ///< such a request can be made again elsewhere
    std::uint64_t identity = 0;
};

/// Chooses one of several upstreams for each request. It sees no clock and throws no
/// dice: the same calls give the same choices.
///
/// Thread: any one at a time.
class LoadBalancer {
public:
    static constexpr std::size_t kMostUpstreams = 32;

    explicit LoadBalancer(Balancing how) noexcept : how_{how} {}

    /// The place of the chosen one; nothing if none is allowed. Where none takes
    /// requests it is the best of the others, by their standing.
    /// REQUIRES: at most kMostUpstreams candidates, as many as ever before.
    std::optional<std::size_t> choose(std::span<const Candidate> candidates,
                                      const Choosing& choosing);

private:
    using Places = std::uint32_t;

    std::size_t choose_among(std::span<const Candidate> candidates,
                             Places among,
                             std::uint64_t identity);
    std::size_t take_turn(std::span<const Candidate> candidates, Places among);

    template <class Cost>
    std::size_t cheapest(std::size_t count, Places among, Cost cost);

    Balancing how_;
    std::size_t next_ = 0;         // whose turn it is where two are alike
    std::vector<double> credits_;  // what each is behind its due
};

}  // namespace pyesi::scheduler

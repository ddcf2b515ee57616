#include "scheduler/upstream_turns.h"

#include <tuple>

namespace pyesi::scheduler {

namespace {

constexpr std::uint32_t kPatience = 32;

}  // namespace

std::optional<std::size_t> UpstreamTurns::choose(
    std::span<const Next> upstreams) const noexcept {
    std::optional<std::size_t> best;
    for (std::size_t at = 0; at < upstreams.size(); ++at) {
        if (!upstreams[at]) continue;
        if (!best || goes_before(at, *best, upstreams)) best = at;
    }
    return best;
}

void UpstreamTurns::on_turn(std::size_t gone, std::span<const Next> upstreams) {
    passed_over_.resize(upstreams.size());
    for (std::size_t at = 0; at < upstreams.size(); ++at) {
        if (upstreams[at]) ++passed_over_[at];
    }
    passed_over_[gone] = 0;
}

std::uint32_t UpstreamTurns::passed_over(std::size_t upstream) const noexcept {
    return upstream < passed_over_.size() ? passed_over_[upstream] : 0;
}

bool UpstreamTurns::goes_before(std::size_t one,
                                std::size_t other,
                                std::span<const Next> upstreams) const noexcept {
    const auto rank = [&](std::size_t at) {
        const auto passed_over = this->passed_over(at);
        const bool has_patience = passed_over < kPatience;
        const auto level = has_patience ? index_of(*upstreams[at]) : 0;
        return std::tuple{has_patience, level, ~passed_over};
    };
    return rank(one) < rank(other);
}

}  // namespace pyesi::scheduler

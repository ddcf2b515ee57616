#include "scheduler/spent_tokens.h"

#include <algorithm>

namespace pyesi::scheduler {

namespace {

constexpr int kParts = 256;

}  // namespace

void SpentTokens::add(std::uint32_t tokens, base::TimePoint now) {
    if (tokens == 0) return;
    expire(now);
    sum_ += tokens;
    if (!spends_.empty() && now - spends_.back().first < window_ / kParts) {
        spends_.back().last = std::max(spends_.back().last, now);
        spends_.back().tokens += tokens;
    } else {
        spends_.push_back({now, now, tokens});
    }
}

void SpentTokens::expire(base::TimePoint now) noexcept {
    while (!spends_.empty() && has_returned(spends_.front(), now)) {
        sum_ -= spends_.front().tokens;
        spends_.pop_front();
    }
}

std::int64_t SpentTokens::total(base::TimePoint now) const noexcept {
    auto left = sum_;
    for (std::size_t i = 0; i < spends_.size() && has_returned(spends_[i], now); ++i) {
        left -= spends_[i].tokens;
    }
    return left;
}

base::TimePoint SpentTokens::return_of(std::int64_t tokens,
                                       base::TimePoint now) const noexcept {
    if (tokens <= 0) return now;
    for (std::size_t i = 0; i < spends_.size(); ++i) {
        if (has_returned(spends_[i], now)) continue;
        tokens -= spends_[i].tokens;
        if (tokens <= 0) return spends_[i].last + window_;
    }
    return base::TimePoint::max();
}

}  // namespace pyesi::scheduler

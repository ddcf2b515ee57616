#pragma once

#include "base/time.h"
#include "scheduler/ring.h"

#include <cstddef>
#include <cstdint>

namespace pyesi::scheduler {

/// Tokens spent in the last window: what was spent at t returns at t + window.
///
/// Spends that lie within 1/256 of the window are held as one, which returns with
/// the last of them: so 12,000 tokens cost 6 kB, and none returns too early.
///
/// Thread: any one at a time.
class SpentTokens {
public:
    explicit SpentTokens(base::Duration window) noexcept : window_{window} {}

    base::Duration window() const noexcept { return window_; }

    /// Spends already made return by the new length too.
    void set_window(base::Duration window) noexcept { window_ = window; }

    void add(std::uint32_t tokens, base::TimePoint now);

    /// Forgets what has returned.
    void expire(base::TimePoint now) noexcept;

    /// What has not yet returned.
    std::int64_t total(base::TimePoint now) const noexcept;

    /// When `tokens` of what has not returned by `now` will have; TimePoint::max()
    /// if there are not so many.
    base::TimePoint return_of(std::int64_t tokens, base::TimePoint now) const noexcept;

    /// `use(instant, tokens)` for each, the latest first, until it says false.
    template <class Use>
    void for_each_latest(Use use) const {
        for (auto i = spends_.size(); i > 0; --i) {
            if (!use(spends_[i - 1].last, spends_[i - 1].tokens)) return;
        }
    }

private:
    struct Spend {
        base::TimePoint first{};
        base::TimePoint last{};
        std::uint32_t tokens = 0;
    };

    bool has_returned(const Spend& spend, base::TimePoint now) const noexcept {
        return spend.last + window_ <= now;
    }

    base::Duration window_;
    Ring<Spend> spends_;  // oldest first
    std::int64_t sum_ = 0;
};

}  // namespace pyesi::scheduler

#pragma once

#include "base/time.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pyesi::engine {

/// What a sweep must know of one page that has come.
struct PageFacts {
    std::optional<base::WallTime> last_modified{};
    std::optional<int> page_count{};  ///< X-Pages; absent means one page
    base::TimePoint expires_at{};     ///< the end of this page's own freshness
    bool past_end = false;            ///< the answer was "no such page"
};

/// Decides which pages of one sweep to fetch and when, so that in the end all
/// carry one Last-Modified: one snapshot, neither torn nor with gaps.
///
/// Page 1 comes first, then the rest. The newest page seen rules: its X-Pages
/// is the number of pages, and pages that are older are fetched again as soon as
/// their own freshness is over, never while they are fresh. After `max_rounds`
/// of that it gives up.
///
/// Clock-less. Thread: network thread only.
class PageSweep {
public:
    struct Settings {
        int max_rounds = 3;
        /// ESI's caches turn over a little after Expires: asking on the second
        /// brings the old page once more.
        base::Duration refresh_slack = std::chrono::seconds{2};
        /// A sweep that would start closer to page 1's expiry than this waits
        /// for the next snapshot instead of being torn by it.
        base::Duration start_margin = std::chrono::seconds{5};
    };

    struct Fetch {
        int page;
        base::TimePoint not_before;
    };

    enum class State : std::uint8_t { Fetching, Consistent, GaveUp };

    explicit PageSweep(Settings settings) : settings_{settings} {}

    /// The instant to wait for before the sweep starts, if `first`, which is
    /// page 1, is about to expire.
    std::optional<base::TimePoint> decide_start(const PageFacts& first,
                                                base::TimePoint now) const noexcept;

    void on_page(int page, const PageFacts& facts);

    /// What to fetch next. Empty when the sweep has ended: see `state()`.
    /// REQUIRES: every page that was asked for has come.
    std::vector<Fetch> decide_next(base::TimePoint now);

    State state() const noexcept { return state_; }
    int page_count() const noexcept { return page_count_; }
    int rounds() const noexcept { return rounds_; }

    /// The Last-Modified of the newest page.
    std::optional<base::WallTime> last_modified() const noexcept { return newest_; }

private:
    bool is_behind(const PageFacts& facts) const noexcept;
    std::vector<Fetch> missing(base::TimePoint now) const;
    std::vector<Fetch> behind() const;

    Settings settings_;
    std::vector<std::optional<PageFacts>> pages_;  // page n at n - 1
    std::optional<base::WallTime> newest_;
    int page_count_ = 1;
    int rounds_ = 0;
    State state_ = State::Fetching;
};

}  // namespace pyesi::engine

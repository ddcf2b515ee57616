#pragma once

#include "cache/lifetime_override.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace pyesi::engine {

/// When each of the requests that are kept warm is to be asked for: just after its
/// answer has expired, and only if the application has used it since it was warmed
/// last. What the cache does not have is loaded once, used or not.
///
/// It never asks before an expiry that it has seen, even if the answer has left the
/// cache meanwhile. What has no lifetime and what nobody uses is looked at again after
/// `every`; so is what failed, then after twice as long, up to an hour, until it comes.
///
/// `chance` is in [0, 1).
///
/// Thread: any one at a time.
class WarmingPlan {
public:
    struct Settings {
        cache::RefreshSlack slack{};
        std::uint64_t threshold = 1;          ///< uses that keep a request warm
        std::optional<base::Duration> every;  ///< none: one round, and done
    };

    /// What is known of a request when it is looked at.
    struct Seen {
        const cache::EntryTimes* times = nullptr;  ///< null: not in the cache
        std::uint64_t uses = 0;                    ///< by the application, in all
    };

    enum class Verdict : std::uint8_t {
        Ask,       ///< now; `on_answer`, `on_failure` or `on_refusal` follows
        Fresh,     ///< nothing to be done before its expiry
        Wait,      ///< expired a moment ago: what is newer may not be there yet
        PassOver,  ///< expired, and nobody used it
    };

    WarmingPlan(std::size_t requests, Settings settings, base::TimePoint now);

    /// Takes the one out that is to be looked at first, if its time has come; `decide`
    /// follows.
    std::optional<std::size_t> take_due(base::TimePoint now);

    /// When the next one is to be looked at; nothing if none is.
    std::optional<base::TimePoint> next_look() const noexcept;

    /// Whether the request's entry bears on what is decided of it.
    bool is_wanted(std::size_t place, std::uint64_t uses) const noexcept;

    Verdict decide(std::size_t place,
                   const Seen& seen,
                   base::TimePoint now,
                   double chance);

    void on_answer(std::size_t place,
                   const cache::EntryTimes& times,
                   base::TimePoint now,
                   double chance);

    /// Nothing came of it, and the next time it may.
    void on_failure(std::size_t place, base::TimePoint now);

    /// It was answered with an error of its own, which counts against ESI's limit:
    /// it is not asked for again.
    void on_refusal(std::size_t place);

    std::size_t size() const noexcept { return items_.size(); }
    std::size_t passed_over() const noexcept { return passed_over_; }
    std::size_t dropped() const noexcept { return dropped_; }

private:
    struct Item {
        std::optional<std::uint64_t> uses_before;  ///< when warmed, or first seen fresh
        std::uint64_t uses_asked = 0;              ///< when last asked for
        base::Duration pause{0};                   ///< after the last failure in a row
        base::TimePoint expiry = base::TimePoint::min();  ///< the latest that was seen
        base::TimePoint refresh_at = base::TimePoint::min();
        bool passed_over = false;
    };

    void see(Item& item, const cache::EntryTimes& times, double chance) const noexcept;
    void look_again(std::size_t place, base::TimePoint at);
    void look_after_pause(std::size_t place, base::TimePoint now);
    void mark_passed_over(Item& item, bool passed_over) noexcept;

    Settings settings_;
    std::vector<Item> items_;
    std::set<std::pair<base::TimePoint, std::size_t>> looks_;
    std::size_t passed_over_ = 0;
    std::size_t dropped_ = 0;
};

}  // namespace pyesi::engine

#include "engine/warming_plan.h"

#include <algorithm>
#include <chrono>

namespace pyesi::engine {

namespace {

constexpr base::Duration kLongestPause = std::chrono::hours{1};

}  // namespace

WarmingPlan::WarmingPlan(std::size_t requests, Settings settings, base::TimePoint now)
    : settings_{settings}, items_(requests) {
    for (std::size_t place = 0; place < requests; ++place) look_again(place, now);
}

std::optional<std::size_t> WarmingPlan::take_due(base::TimePoint now) {
    if (looks_.empty() || looks_.begin()->first > now) return std::nullopt;
    const auto place = looks_.begin()->second;
    looks_.erase(looks_.begin());
    return place;
}

std::optional<base::TimePoint> WarmingPlan::next_look() const noexcept {
    if (looks_.empty()) return std::nullopt;
    return looks_.begin()->first;
}

bool WarmingPlan::is_wanted(std::size_t place, std::uint64_t uses) const noexcept {
    const auto& before = items_[place].uses_before;
    if (!before) return true;
    // Fewer than before: the key's uses were forgotten, and counted anew.
    const auto since = uses >= *before ? uses - *before : uses;
    return since >= settings_.threshold;
}

WarmingPlan::Verdict WarmingPlan::decide(std::size_t place,
                                         const Seen& seen,
                                         base::TimePoint now,
                                         double chance) {
    auto& item = items_[place];
    const bool wanted = is_wanted(place, seen.uses);
    mark_passed_over(item, !wanted);
    if (!wanted) {
        look_after_pause(place, now);
        return Verdict::PassOver;
    }
    if (seen.times != nullptr) see(item, *seen.times, chance);
    if (now < item.expiry) {
        // Its first round is over: from here on it is to be used.
        if (!item.uses_before) item.uses_before = seen.uses;
        if (settings_.every) look_again(place, item.refresh_at);
        return Verdict::Fresh;
    }
    if (now < item.refresh_at) {
        look_again(place, item.refresh_at);
        return Verdict::Wait;
    }
    item.uses_asked = seen.uses;
    return Verdict::Ask;
}

void WarmingPlan::on_answer(std::size_t place,
                            const cache::EntryTimes& times,
                            base::TimePoint now,
                            double chance) {
    if (!settings_.every) return;
    auto& item = items_[place];
    item.uses_before = item.uses_asked;
    item.pause = {};
    see(item, times, chance);
    if (now < item.expiry) {
        look_again(place, item.refresh_at);
    } else {
        // Without a lifetime, or expired when it came: no reason to ask at once.
        look_again(place, std::max(item.refresh_at, now + *settings_.every));
    }
}

void WarmingPlan::on_failure(std::size_t place, base::TimePoint now) {
    if (!settings_.every) return;
    // Trouble that lasts is not asked after for ever at the same pace.
    auto& pause = items_[place].pause;
    const auto longest = std::max(*settings_.every, kLongestPause);
    pause = std::clamp(pause * 2, *settings_.every, longest);
    look_again(place, now + pause);
}

void WarmingPlan::on_refusal(std::size_t /*place*/) {
    ++dropped_;
}

void WarmingPlan::see(Item& item,
                      const cache::EntryTimes& times,
                      double chance) const noexcept {
    // One draw for each expiry, lest it be put off at each look.
    if (times.fresh_until <= item.expiry) return;
    item.expiry = times.fresh_until;
    item.refresh_at = cache::refresh_time(times, settings_.slack, chance);
}

void WarmingPlan::look_again(std::size_t place, base::TimePoint at) {
    if (at != base::TimePoint::max()) looks_.emplace(at, place);
}

void WarmingPlan::look_after_pause(std::size_t place, base::TimePoint now) {
    if (settings_.every) look_again(place, now + *settings_.every);
}

void WarmingPlan::mark_passed_over(Item& item, bool passed_over) noexcept {
    if (item.passed_over == passed_over) return;
    item.passed_over = passed_over;
    passed_over ? ++passed_over_ : --passed_over_;
}

}  // namespace pyesi::engine

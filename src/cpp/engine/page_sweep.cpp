#include "engine/page_sweep.h"

#include <algorithm>

namespace pyesi::engine {

namespace {

std::size_t slot_of(int page) {
    return static_cast<std::size_t>(page - 1);
}

}  // namespace

std::optional<base::TimePoint> PageSweep::decide_start(
    const PageFacts& first, base::TimePoint now) const noexcept {
    const auto left = first.expires_at - now;
    if (left <= base::Duration{0} || left >= settings_.start_margin)
        return std::nullopt;
    return first.expires_at + settings_.refresh_slack;
}

void PageSweep::on_page(int page, const PageFacts& facts) {
    if (slot_of(page) >= pages_.size()) pages_.resize(slot_of(page) + 1);
    pages_[slot_of(page)] = facts;
    if (facts.past_end) return;
    // A page without a date cannot be told from its neighbours: it rules only
    // while no page has one.
    const bool rules =
        facts.last_modified ? !newest_ || *facts.last_modified >= *newest_ : !newest_;
    if (!rules) return;
    newest_ = facts.last_modified;
    if (facts.page_count) page_count_ = std::max(*facts.page_count, 1);
}

std::vector<PageSweep::Fetch> PageSweep::decide_next(base::TimePoint now) {
    auto fetches = missing(now);
    if (!fetches.empty()) return fetches;

    fetches = behind();
    if (fetches.empty()) {
        state_ = State::Consistent;
        return {};
    }
    if (rounds_ == settings_.max_rounds) {
        state_ = State::GaveUp;
        return {};
    }
    ++rounds_;
    return fetches;
}

bool PageSweep::is_behind(const PageFacts& facts) const noexcept {
    if (facts.past_end) return true;
    return facts.last_modified && newest_ && *facts.last_modified < *newest_;
}

std::vector<PageSweep::Fetch> PageSweep::missing(base::TimePoint now) const {
    std::vector<Fetch> fetches;
    for (int page = 1; page <= page_count_; ++page) {
        const bool came = slot_of(page) < pages_.size() && pages_[slot_of(page)];
        if (!came) fetches.push_back({page, now});
    }
    return fetches;
}

std::vector<PageSweep::Fetch> PageSweep::behind() const {
    std::vector<Fetch> fetches;
    bool lost_a_page = false;
    for (int page = 1; page <= page_count_; ++page) {
        const auto& facts = *pages_[slot_of(page)];
        if (!is_behind(facts)) continue;
        lost_a_page = lost_a_page || facts.past_end;
        fetches.push_back({page, facts.expires_at + settings_.refresh_slack});
    }
    // "No such page" inside the count that page 1 gave: the snapshot is over,
    // and page 1 alone can tell the new count.
    const auto& first = *pages_.front();
    if (lost_a_page && !is_behind(first)) {
        const auto refreshed = first.expires_at + settings_.refresh_slack;
        for (auto& fetch : fetches)
            fetch.not_before = std::max(fetch.not_before, refreshed);
        fetches.insert(fetches.begin(), Fetch{1, refreshed});
    }
    return fetches;
}

}  // namespace pyesi::engine

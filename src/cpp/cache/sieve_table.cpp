#include "cache/sieve_table.h"

#include <algorithm>
#include <utility>

namespace pyesi::cache {

namespace {

constexpr std::size_t kFirstSize = 16;

std::uint32_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash);
}

// The count of the entry's owners lies right before it. To ask for it while the
// key is compared saves one wait for memory in a large table.
void prefetch_count_of(const EntryPtr& entry) noexcept {
    constexpr std::ptrdiff_t kCountBefore = 16;
    __builtin_prefetch(reinterpret_cast<const char*>(entry.get()) - kCountBefore, 1);
}

}  // namespace

SieveTable::Resident* SieveTable::find(CacheKeyView key) noexcept {
    if (residents_.empty()) return nullptr;
    const auto tag = tag_of(key.hash);
    for (auto place = tag & mask(); residents_[place].entry; place = next(place)) {
        auto& resident = residents_[place];
        if (resident.tag != tag) continue;
        prefetch_count_of(resident.entry);
        if (resident.key == key.text) return &resident;
    }
    return nullptr;
}

SieveTable::Resident& SieveTable::insert(CacheKey key,
                                         EntryPtr entry,
                                         std::size_t weight) {
    if (2 * (size_ + 1) > residents_.size()) grow();
    Resident resident{.key = std::move(key.text), .entry = std::move(entry)};
    resident.tag = tag_of(key.hash);
    resident.weight = static_cast<std::uint32_t>(weight & kMaxWeight);
    const auto place = put(std::move(resident));
    link_newest(place);
    ++size_;
    return residents_[place];
}

SieveTable::Resident SieveTable::take_out(const Resident& resident) noexcept {
    const auto place = static_cast<Place>(&resident - residents_.data());
    unlink(place);
    Resident leaving = std::exchange(residents_[place], Resident{});
    close_gap(place);
    --size_;
    return leaving;
}

// Ends: each step clears a bit, and a round without set bits has a victim.
const SieveTable::Resident& SieveTable::choose_victim() noexcept {
    if (hand_ == kNowhere) hand_ = oldest_;
    while (residents_[hand_].visited != 0) {
        residents_[hand_].visited = 0;
        hand_ = residents_[hand_].newer;
        if (hand_ == kNowhere) hand_ = oldest_;
    }
    return residents_[hand_];
}

const SieveTable::Resident* SieveTable::step_to_expired(base::TimePoint now) noexcept {
    if (looker_ == kNowhere) looker_ = oldest_;
    if (looker_ == kNowhere) return nullptr;
    const auto& seen = residents_[looker_];
    looker_ = seen.newer;
    const bool unwanted = seen.visited == 0 && !seen.entry->is_fresh(now);
    return unwanted || seen.entry->is_gone(now) ? &seen : nullptr;
}

SieveTable::Place SieveTable::put(Resident&& resident) noexcept {
    auto place = resident.tag & mask();
    while (residents_[place].entry) place = next(place);
    residents_[place] = std::move(resident);
    return place;
}

void SieveTable::grow() {
    std::vector<Resident> held(std::max(kFirstSize, 2 * residents_.size()));
    held.swap(residents_);
    const auto hand = std::exchange(hand_, kNowhere);
    const auto looker = std::exchange(looker_, kNowhere);
    auto from = std::exchange(oldest_, kNowhere);
    newest_ = kNowhere;
    while (from != kNowhere) {
        const auto following = held[from].newer;
        const auto place = put(std::move(held[from]));
        link_newest(place);
        if (from == hand) hand_ = place;
        if (from == looker) looker_ = place;
        from = following;
    }
}

// Those behind a gap move up into it as far as their homes allow, so that no mark
// is left behind and look-ups stay short however much comes and goes.
void SieveTable::close_gap(Place gap) noexcept {
    for (auto place = next(gap); residents_[place].entry; place = next(place)) {
        const auto home = residents_[place].tag & mask();
        if (distance(home, place) < distance(gap, place)) continue;
        move_resident(place, gap);
        gap = place;
    }
}

void SieveTable::move_resident(Place from, Place to) noexcept {
    if (hand_ == from) hand_ = to;
    if (looker_ == from) looker_ = to;
    point_neighbours_at(residents_[from], to);
    residents_[to] = std::exchange(residents_[from], Resident{});
}

void SieveTable::point_neighbours_at(const Resident& resident, Place place) noexcept {
    const auto older = resident.older;
    const auto newer = resident.newer;
    (older == kNowhere ? oldest_ : residents_[older].newer) = place;
    (newer == kNowhere ? newest_ : residents_[newer].older) = place;
}

void SieveTable::link_newest(Place place) noexcept {
    residents_[place].older = newest_;
    residents_[place].newer = kNowhere;
    (newest_ == kNowhere ? oldest_ : residents_[newest_].newer) = place;
    newest_ = place;
}

void SieveTable::unlink(Place place) noexcept {
    const auto older = residents_[place].older;
    const auto newer = residents_[place].newer;
    if (hand_ == place) hand_ = newer;
    if (looker_ == place) looker_ = newer;
    (older == kNowhere ? oldest_ : residents_[older].newer) = newer;
    (newer == kNowhere ? newest_ : residents_[newer].older) = older;
}

}  // namespace pyesi::cache

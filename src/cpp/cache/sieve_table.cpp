#include "cache/sieve_table.h"

#include <algorithm>
#include <utility>

namespace pyesi::cache {

namespace {

constexpr std::size_t kFirstSize = 16;

// All lines of a resident at once, its count of owners first, which lies right before
// it: else the processor would wait for one after the other.
void prefetch(const Resident* resident) noexcept {
    constexpr std::ptrdiff_t kCountBefore = 16;
    constexpr std::size_t kLine = 64;
    const auto* const first = reinterpret_cast<const char*>(resident) - kCountBefore;
    __builtin_prefetch(first, 1);
    for (std::size_t at = kLine; at < sizeof(Resident); at += kLine) {
        __builtin_prefetch(first + at);
    }
}

}  // namespace

const Resident* SieveTable::find(CacheKeyView key) const noexcept {
    if (homes_.empty()) return nullptr;
    const auto tag = tag_of(key);
    for (auto place = tag & mask(); homes_[place].resident != nullptr;
         place = next(place)) {
        const auto& home = homes_[place];
        if (home.tag != tag) continue;
        prefetch(home.resident);
        if (home.resident->key() == key.text) return home.resident;
    }
    return nullptr;
}

Resident& SieveTable::insert(CacheKeyView key, EntryPtr entry, std::size_t weight) {
    if (2 * (size_ + 1) > homes_.size()) grow();
    auto owner = Resident::make(key.text, std::move(entry));
    auto& resident = *owner;
    resident.marks.set_weight(weight);
    resident.keep(std::move(owner));
    resident.tag = tag_of(key);
    put({&resident, resident.tag});
    link_newest(resident);
    ++size_;
    return resident;
}

SieveTable::Owner SieveTable::take_out(const Resident& resident) noexcept {
    auto place = resident.tag & mask();
    while (homes_[place].resident != &resident) place = next(place);
    auto leaving = homes_[place].resident->let_go();
    homes_[place] = {};
    unlink(resident);
    close_gap(place);
    --size_;
    return leaving;
}

// Ends: each step clears a bit, and a round without set bits has a victim.
const Resident& SieveTable::choose_victim() noexcept {
    if (hand_ == nullptr) hand_ = oldest_;
    while (hand_->marks.is_visited()) {
        hand_->marks.set_visited(false);
        hand_ = hand_->newer;
        if (hand_ == nullptr) hand_ = oldest_;
    }
    return *hand_;
}

const Resident* SieveTable::step_to_expired(base::TimePoint now) noexcept {
    if (looker_ == nullptr) looker_ = oldest_;
    if (looker_ == nullptr) return nullptr;
    const auto& seen = *std::exchange(looker_, looker_->newer);
    const bool unwanted = !seen.marks.is_visited() && !seen.entry().is_fresh(now);
    return unwanted || seen.is_gone(now) ? &seen : nullptr;
}

void SieveTable::doubt_all() noexcept {
    for (auto* at = oldest_; at != nullptr; at = at->newer) {
        at->marks.set_doubtful(true);
    }
}

void SieveTable::clear() noexcept {
    auto* at = std::exchange(oldest_, nullptr);
    while (at != nullptr) {
        const auto leaving = at->let_go();
        at = leaving->newer;
    }
    newest_ = hand_ = looker_ = nullptr;
    homes_.clear();
    size_ = 0;
}

void SieveTable::swap(SieveTable& other) noexcept {
    homes_.swap(other.homes_);
    std::swap(size_, other.size_);
    std::swap(oldest_, other.oldest_);
    std::swap(newest_, other.newest_);
    std::swap(hand_, other.hand_);
    std::swap(looker_, other.looker_);
}

void SieveTable::put(const Home& home) noexcept {
    auto place = home.tag & mask();
    while (homes_[place].resident != nullptr) place = next(place);
    homes_[place] = home;
}

void SieveTable::grow() {
    Homes held(std::max(kFirstSize, 2 * homes_.size()));
    held.swap(homes_);
    for (const auto& home : held) {
        if (home.resident != nullptr) put(home);
    }
}

// Those behind a gap move up into it as far as their homes allow, so that no mark
// is left behind and look-ups stay short however much comes and goes.
void SieveTable::close_gap(Place gap) noexcept {
    for (auto place = next(gap); homes_[place].resident != nullptr;
         place = next(place)) {
        const auto home = homes_[place].tag & mask();
        if (distance(home, place) < distance(gap, place)) continue;
        homes_[gap] = std::exchange(homes_[place], {});
        gap = place;
    }
}

void SieveTable::link_newest(Resident& resident) noexcept {
    resident.older = newest_;
    resident.newer = nullptr;
    (newest_ == nullptr ? oldest_ : newest_->newer) = &resident;
    newest_ = &resident;
}

void SieveTable::unlink(const Resident& resident) noexcept {
    if (hand_ == &resident) hand_ = resident.newer;
    if (looker_ == &resident) looker_ = resident.newer;
    (resident.older == nullptr ? oldest_ : resident.older->newer) = resident.newer;
    (resident.newer == nullptr ? newest_ : resident.newer->older) = resident.older;
}

}  // namespace pyesi::cache

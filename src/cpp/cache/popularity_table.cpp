#include "cache/popularity_table.h"

#include <algorithm>

namespace pyesi::cache {

void PopularityTable::start(base::Duration decay) {
    std::call_once(once_, [&] {
        owned_ = std::make_unique<Slots>();
        owned_->decay = decay;
        slots_.store(owned_.get(), std::memory_order_release);
    });
}

void PopularityTable::count(Slots& slots,
                            std::uint64_t hash,
                            base::TimePoint now) noexcept {
    const std::lock_guard lock{slots.lock_of(hash)};
    auto& set = slots.set_of(hash);
    auto* place = std::ranges::find_if(set, [&](const Slot& slot) {
        return slot.uses.count > 0 && slot.hash == hash;
    });
    if (place == set.end()) {
        place = std::ranges::min_element(set, {}, [&](const Slot& slot) {
            return popularity_at(slot.uses.popularity, slots.decay, now);
        });
        *place = Slot{.hash = hash, .uses = {}};
    }
    auto& uses = place->uses;
    uses.popularity = used(uses.popularity, slots.decay, now);
    ++uses.count;
}

Uses PopularityTable::uses_of(std::uint64_t hash) const noexcept {
    auto* slots = slots_.load(std::memory_order_acquire);
    if (slots == nullptr) return {};
    const std::lock_guard lock{slots->lock_of(hash)};
    for (const auto& slot : slots->set_of(hash)) {
        if (slot.uses.count > 0 && slot.hash == hash) return slot.uses;
    }
    return {};
}

}  // namespace pyesi::cache

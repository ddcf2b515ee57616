#include "cache/reader_stripes.h"

#include <algorithm>
#include <memory>

namespace pyesi::cache {

namespace {

/// Where it may be hot: by the bits of its address that differ.
std::size_t place_of(const Resident& resident, std::size_t places) noexcept {
    return reinterpret_cast<std::uintptr_t>(&resident) / sizeof(Resident) % places;
}

/// How many living threads each stripe serves.
class StripeUse {
public:
    std::size_t take_least_used() {
        const std::lock_guard lock{mutex_};
        auto* const least = std::ranges::min_element(threads_);
        ++*least;
        return static_cast<std::size_t>(least - threads_.begin());
    }

    void give_back(std::size_t index) {
        const std::lock_guard lock{mutex_};
        --threads_[index];
    }

private:
    std::mutex mutex_;
    std::array<std::size_t, ReaderStripes::kStripes> threads_{};
};

// Never destroyed: threads may end after main's statics.
StripeUse& stripe_use() {
    static auto* const use = std::make_unique<StripeUse>().release();
    return *use;
}

class ThreadsStripe {
public:
    ThreadsStripe() : index_{stripe_use().take_least_used()} {}
    ThreadsStripe(const ThreadsStripe&) = delete;
    ThreadsStripe& operator=(const ThreadsStripe&) = delete;
    ~ThreadsStripe() { stripe_use().give_back(index_); }

    std::size_t index() const noexcept { return index_; }

private:
    std::size_t index_;
};

}  // namespace

std::size_t ReaderStripes::index_of_this_thread() {
    thread_local const ThreadsStripe mine;
    return mine.index();
}

EntryPtr ReaderStripes::Reading::share(const Resident& resident) {
    auto& place = stripe_.hot[place_of(resident, kHotPlaces)];
    if (place.resident != &resident) {
        place = {&resident, 0, nullptr};
        return resident.share();
    }
    if (place.owned_here) return place.owned_here;
    if (++place.hits >= kHotAfter) {
        place.owned_here = {&resident.entry(),
                            [kept = resident.share()](const Entry*) {}};
    }
    return resident.share();
}

void ReaderStripes::let_go(const Resident& resident) noexcept {
    for (auto& stripe : stripes_) {
        auto& place = stripe.hot[place_of(resident, kHotPlaces)];
        if (place.resident == &resident) place = {};
    }
}

void ReaderStripes::let_all_go() noexcept {
    for (auto& stripe : stripes_) stripe.hot.fill({});
}

ReaderStripes::Counts ReaderStripes::counts() const {
    Counts sum;
    for (const auto& stripe : stripes_) {
        const std::lock_guard lock{stripe.mutex};
        sum.hits += stripe.counts.hits;
        sum.misses += stripe.counts.misses;
        sum.evicted_missed += stripe.counts.evicted_missed;
    }
    return sum;
}

}  // namespace pyesi::cache

#include "cache/reader_stripes.h"

#include <atomic>

namespace pyesi::cache {

namespace {

/// Where it may be hot: by the bits of its address that differ.
std::size_t place_of(const Resident& resident, std::size_t places) noexcept {
    return reinterpret_cast<std::uintptr_t>(&resident) / sizeof(Resident) % places;
}

// How many living threads each stripe serves. Numbers alone: a lock, or a function's
// static, could be held by another thread when a child is forked, which then waits for
// it for ever.
constinit std::array<std::atomic<std::size_t>, ReaderStripes::kStripes> threads_on{};

/// Threads that come at once may take the same: that costs them some waiting for each
/// other, and no more.
std::size_t take_least_used() noexcept {
    std::size_t least = 0;
    for (std::size_t index = 1; index < threads_on.size(); ++index) {
        if (threads_on[index].load() < threads_on[least].load()) least = index;
    }
    ++threads_on[least];
    return least;
}

class ThreadsStripe {
public:
    ThreadsStripe() noexcept : index_{take_least_used()} {}
    ThreadsStripe(const ThreadsStripe&) = delete;
    ThreadsStripe& operator=(const ThreadsStripe&) = delete;
    ~ThreadsStripe() { --threads_on[index_]; }

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

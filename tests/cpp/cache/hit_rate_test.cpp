// How much of what is wanted a small memory has, beside the best that are known, on
// the same trace.

#include "cache/examples.h"
#include "cache/memory_store.h"
#include "cache/replacement_models.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace pyesi::cache {
namespace {

using namespace examples;
using models::Key;

constexpr std::size_t kKeys = 10'000;
constexpr std::size_t kCapacity = kKeys / 10;
constexpr std::size_t kWanted = 300'000;

/// Keys of which the n-th most popular is wanted in proportion to 1 / n^0.9.
std::vector<Key> zipf_trace(unsigned seed) {
    std::vector<double> weights(kKeys);
    for (std::size_t rank = 0; rank < kKeys; ++rank) {
        weights[rank] = std::pow(static_cast<double>(rank + 1), -0.9);
    }
    std::mt19937 random{seed};
    std::discrete_distribution<Key> draw{weights.begin(), weights.end()};
    std::vector<Key> trace(kWanted);
    std::ranges::generate(trace, [&] { return draw(random); });
    return trace;
}

/// The memory as the engine uses it: looked at, and filled where it has nothing.
class Memory {
public:
    explicit Memory(std::size_t capacity) : store_{{.max_entries = capacity}} {}

    bool want(Key key) {
        auto name = make_key("r0-1:v/universe/types/" + std::to_string(key));
        if (store_.find(name, kStart)) return true;
        store_.store(std::move(name), entry_);
        return false;
    }

private:
    MemoryStore store_;
    EntryPtr entry_ = entry({{"cache-control", "max-age=300"}});
};

/// In percent, once it is warm.
template <class Cache>
double hit_rate(const std::vector<Key>& trace) {
    Cache cache{kCapacity};
    const auto warm = trace.begin() + kWanted / 6;
    std::for_each(trace.begin(), warm, [&](Key key) { cache.want(key); });
    const auto hits =
        std::count_if(warm, trace.end(), [&](Key key) { return cache.want(key); });
    return 100.0 * static_cast<double>(hits) /
           static_cast<double>(std::distance(warm, trace.end()));
}

TEST(HitRate, IsWithinTwoPointsOfTheBestOnAZipfTrace) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        const auto trace = zipf_trace(seed);
        const auto ours = hit_rate<Memory>(trace);
        const auto lru = hit_rate<models::Lru>(trace);
        const auto sieve = hit_rate<models::Sieve>(trace);
        const auto tiny_lfu = hit_rate<models::WindowTinyLfu>(trace);
        std::cout << "hits in percent: ours " << ours << ", SIEVE " << sieve << ", LRU "
                  << lru << ", W-TinyLFU " << tiny_lfu << '\n';
        EXPECT_GE(ours, std::max({lru, sieve, tiny_lfu}) - 2.0);
        EXPECT_NEAR(ours, sieve, 1.0);  // which it is meant to be
    }
}

// A sweep of a thousand pages must not throw out what is wanted all the time.
TEST(HitRate, ASweepLeavesMostOfWhatIsPopular) {
    auto trace = zipf_trace(4);
    Key swept = kKeys;
    for (std::size_t at = kWanted / 6; at < trace.size(); at += 20) trace[at] = swept++;
    const auto best = hit_rate<models::WindowTinyLfu>(trace);
    const auto ours = hit_rate<Memory>(trace);
    std::cout << "hits in percent beside a sweep: ours " << ours << ", SIEVE "
              << hit_rate<models::Sieve>(trace) << ", LRU "
              << hit_rate<models::Lru>(trace) << ", W-TinyLFU " << best << '\n';
    EXPECT_GE(ours, hit_rate<models::Lru>(trace));
    EXPECT_GE(ours, best - 3.0);
}

}  // namespace
}  // namespace pyesi::cache

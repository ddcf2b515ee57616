#include "scheduler/chain.h"
#include "scheduler/key_index.h"
#include "scheduler/ring.h"
#include "scheduler/slab.h"
#include "scheduler/wake_queue.h"

#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <unordered_map>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)

TEST(Ring, DoesAsAQueueDoes) {
    Ring<int> ring;
    std::deque<int> queue;
    std::mt19937 draw{1};
    for (int step = 0; step < 20'000; ++step) {
        if (queue.empty() || draw() % 5 < 3) {
            ring.push_back(step);
            queue.push_back(step);
        } else {
            ring.pop_front();
            queue.pop_front();
        }
        ASSERT_EQ(ring.size(), queue.size());
        if (queue.empty()) continue;
        ASSERT_EQ(ring.front(), queue.front());
        ASSERT_EQ(ring.back(), queue.back());
        const auto middle = queue.size() / 2;
        ASSERT_EQ(ring[middle], queue[middle]);
    }
}

TEST(Slab, PlacesStayAndAreUsedAgain) {
    Slab<int> slab;
    std::map<std::uint32_t, int> held;
    std::mt19937 draw{2};
    for (int step = 0; step < 20'000; ++step) {
        if (held.empty() || draw() % 5 < 3) {
            const auto index = slab.add(step);
            ASSERT_TRUE(held.emplace(index, step).second);
        } else {
            const auto gone = std::next(
                held.begin(), static_cast<std::ptrdiff_t>(draw() % held.size()));
            slab.erase(gone->first);
            held.erase(gone);
        }
        ASSERT_EQ(slab.size(), held.size());
    }
    for (const auto& [index, value] : held) EXPECT_EQ(slab[index], value);
}

TEST(Slab, AGreatWaveLeavesItsMemoryBehind) {
    Slab<int> slab;
    for (int i = 0; i < 100'000; ++i) slab.add(i);
    EXPECT_TRUE(slab.has_place(99'999));
    for (std::uint32_t i = 0; i < 100'000; ++i) slab.erase(i);
    EXPECT_FALSE(slab.has_place(99'999));
    EXPECT_LT(slab.add(1), 1000U);
}

TEST(KeyIndex, DoesAsAMapDoes) {
    for (const std::uint64_t spacing : {1U, 64U, 4096U}) {
        KeyIndex index;
        std::unordered_map<std::uint64_t, std::uint32_t> map;
        std::mt19937 draw{3};
        for (std::uint32_t step = 0; step < 50'000; ++step) {
            const std::uint64_t key = draw() % 700 * spacing;
            const auto found = map.find(key);
            ASSERT_EQ(index.find(key), found == map.end() ? kNone : found->second);
            if (found == map.end()) {
                index.add(key, step);
                map.emplace(key, step);
            } else {
                index.erase(key);
                map.erase(found);
            }
            ASSERT_EQ(index.size(), map.size());
        }
    }
}

TEST(WakeQueue, GivesTheEarliestFirst) {
    WakeQueue queue;
    std::multiset<base::TimePoint> instants;
    std::mt19937 draw{4};
    for (std::uint32_t step = 0; step < 20'000; ++step) {
        if (instants.empty() || draw() % 5 < 3) {
            const auto instant = at(milliseconds{step + draw() % 1000});
            queue.push({instant, step, step});
            instants.insert(instant);
        } else {
            ASSERT_EQ(queue.earliest().at, *instants.begin());
            queue.pop();
            instants.erase(instants.begin());
        }
        ASSERT_EQ(queue.size(), instants.size());
    }
}

TEST(WakeQueue, WhoNoLongerWaitsTakesNoRoomForLong) {
    WakeQueue queue;
    const auto is_live = [](const WakeQueue::Entry& entry) { return entry.index == 0; };
    queue.push({at(seconds{0}), 0, 0});
    std::mt19937 draw{5};
    for (std::uint32_t i = 1; i < 100'000; ++i) {
        queue.push({at(milliseconds{draw() % 100'000 + 1}), i, i});
        queue.drop_stale(1, is_live);
        ASSERT_LE(queue.size(), 100U);
    }
    EXPECT_EQ(queue.earliest().index, 0U);
}

struct Bead {
    std::uint32_t previous = kNone;
    std::uint32_t next = kNone;
};

TEST(Chain, GivesUpMembersAtEitherEndAndBetween) {
    for (std::uint32_t gone = 0; gone < 3; ++gone) {
        Slab<Bead> slab;
        Chain<Bead, &Bead::previous, &Bead::next> chain;
        for (int i = 0; i < 3; ++i) chain.push_back(slab, slab.add({}));
        chain.erase(slab, gone);
        const auto first = chain.front();
        const auto second = slab[first].next;
        EXPECT_EQ(first, gone == 0 ? 1U : 0U);
        EXPECT_EQ(second, gone == 2 ? 1U : 2U);
        EXPECT_EQ(slab[second].next, kNone);
        EXPECT_EQ(slab[second].previous, first);
    }
}

}  // namespace
}  // namespace pyesi::scheduler

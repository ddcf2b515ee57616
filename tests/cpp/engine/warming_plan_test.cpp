#include "engine/warming_plan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <random>

namespace pyesi::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Verdict = WarmingPlan::Verdict;

constexpr base::TimePoint kStart{std::chrono::hours{1}};
constexpr base::Duration kEvery = seconds{60};
constexpr base::Duration kSkew = seconds{2};

cache::EntryTimes fresh_until(base::TimePoint expiry) {
    return {.received_at = kStart,
            .received_wall = {},
            .age_when_received = {},
            .freshness_lifetime = {},
            .fresh_until = expiry,
            .expires_at = {}};
}

class WarmingPlanTest : public ::testing::Test {
protected:
    static WarmingPlan make(std::optional<base::Duration> every = kEvery,
                            std::uint64_t threshold = 1) {
        return WarmingPlan{1, {.threshold = threshold, .every = every}, kStart};
    }

    /// Warms it once, so that it expires five minutes after the start.
    void warm(WarmingPlan& plan, std::uint64_t uses = 0) const {
        ASSERT_EQ(plan.take_due(kStart), 0U);
        ASSERT_EQ(plan.decide(0, {nullptr, uses}, kStart, 0), Verdict::Ask);
        plan.on_answer(0, times_, kStart, 0);
    }

    static constexpr base::TimePoint kExpiry = kStart + minutes{5};
    const cache::EntryTimes times_ = fresh_until(kExpiry);
};

TEST_F(WarmingPlanTest, WhatIsMissingIsLoadedAtOnceUsedOrNot) {
    auto plan = make();
    EXPECT_EQ(plan.take_due(kStart), 0U);
    EXPECT_EQ(plan.decide(0, {}, kStart, 0), Verdict::Ask);
}

TEST_F(WarmingPlanTest, WhatIsFreshIsLookedAtJustAfterItsExpiry) {
    auto plan = make();
    ASSERT_EQ(plan.take_due(kStart), 0U);
    EXPECT_EQ(plan.decide(0, {&times_, 0}, kStart, 0.5), Verdict::Fresh);
    EXPECT_EQ(plan.next_look(), kExpiry + kSkew + milliseconds{500});
}

TEST_F(WarmingPlanTest, WhatWasUsedIsAskedForAfterItsExpiry) {
    auto plan = make();
    warm(plan);
    EXPECT_EQ(plan.take_due(kExpiry + kSkew - milliseconds{1}), std::nullopt);
    ASSERT_EQ(plan.take_due(kExpiry + kSkew), 0U);
    EXPECT_EQ(plan.decide(0, {&times_, 1}, kExpiry + kSkew, 0), Verdict::Ask);
}

TEST_F(WarmingPlanTest, WhatNobodyUsedIsPassedOverUntilSomebodyDoes) {
    auto plan = make();
    warm(plan, 7);
    const auto later = kExpiry + kSkew;
    ASSERT_EQ(plan.take_due(later), 0U);
    EXPECT_EQ(plan.decide(0, {&times_, 7}, later, 0), Verdict::PassOver);
    EXPECT_EQ(plan.passed_over(), 1U);
    EXPECT_EQ(plan.next_look(), later + kEvery);

    ASSERT_EQ(plan.take_due(later + kEvery), 0U);
    EXPECT_EQ(plan.decide(0, {&times_, 8}, later + kEvery, 0), Verdict::Ask);
    EXPECT_EQ(plan.passed_over(), 0U);
}

TEST_F(WarmingPlanTest, FewerUsesThanTheThresholdAreNotEnough) {
    auto plan = make(kEvery, 3);
    warm(plan);
    EXPECT_FALSE(plan.is_wanted(0, 2));
    EXPECT_TRUE(plan.is_wanted(0, 3));
}

TEST_F(WarmingPlanTest, UsesThatWereForgottenBeginAnew) {
    auto plan = make();
    warm(plan, 1'000);
    EXPECT_TRUE(plan.is_wanted(0, 1));
    EXPECT_FALSE(plan.is_wanted(0, 0));
}

TEST_F(WarmingPlanTest, WhatExpiredAMomentAgoIsGivenItsSlack) {
    auto plan = make();
    const auto times = fresh_until(kStart - seconds{1});
    ASSERT_EQ(plan.take_due(kStart), 0U);
    EXPECT_EQ(plan.decide(0, {&times, 0}, kStart, 0), Verdict::Wait);
    EXPECT_EQ(plan.next_look(), kStart + seconds{1});

    // The wait is no use, and none is needed: its first round is not over.
    ASSERT_EQ(plan.take_due(kStart + seconds{1}), 0U);
    EXPECT_EQ(plan.decide(0, {&times, 0}, kStart + seconds{1}, 0.9), Verdict::Ask);
}

TEST_F(WarmingPlanTest, AnotherDrawDoesNotPutAnExpiryOff) {
    auto plan = make();
    warm(plan);
    ASSERT_EQ(plan.take_due(kExpiry + kSkew), 0U);
    EXPECT_EQ(plan.decide(0, {&times_, 1}, kExpiry + kSkew, 0.999), Verdict::Ask);
}

TEST_F(WarmingPlanTest, WhatLeftTheCacheIsNotAskedForBeforeItWouldHaveExpired) {
    auto plan = make();
    warm(plan);
    EXPECT_EQ(plan.decide(0, {nullptr, 1}, kStart + seconds{10}, 0), Verdict::Fresh);
    EXPECT_EQ(plan.next_look(), kExpiry + kSkew);
}

TEST_F(WarmingPlanTest, WhatSomebodyElseRefreshedIsFresh) {
    auto plan = make();
    warm(plan);
    const auto now = kExpiry + kSkew;
    const auto renewed = fresh_until(now + minutes{5});
    ASSERT_EQ(plan.take_due(now), 0U);
    EXPECT_EQ(plan.decide(0, {&renewed, 1}, now, 0), Verdict::Fresh);
    EXPECT_EQ(plan.next_look(), now + minutes{5} + kSkew);
}

TEST_F(WarmingPlanTest, AnAnswerWithoutLifetimeIsAskedForOnceInEvery) {
    auto plan = make();
    ASSERT_EQ(plan.take_due(kStart), 0U);
    ASSERT_EQ(plan.decide(0, {}, kStart, 0), Verdict::Ask);
    plan.on_answer(0, fresh_until(kStart), kStart, 0);
    EXPECT_EQ(plan.next_look(), kStart + kEvery);
}

TEST_F(WarmingPlanTest, WhatFailedIsAskedForUntilItComesWithLongerAndLongerPauses) {
    auto plan = make();
    auto now = kStart;
    for (const auto pause : {60, 120, 240, 480, 960, 1'920, 3'600, 3'600}) {
        ASSERT_EQ(plan.take_due(now), 0U);
        ASSERT_EQ(plan.decide(0, {}, now, 0), Verdict::Ask);
        plan.on_failure(0, now);
        ASSERT_EQ(plan.next_look(), now + seconds{pause});
        now += seconds{pause};
    }
    ASSERT_EQ(plan.take_due(now), 0U);
    ASSERT_EQ(plan.decide(0, {}, now, 0), Verdict::Ask);
    plan.on_answer(0, fresh_until(now), now, 0);
    EXPECT_EQ(plan.next_look(), now + kEvery);
}

TEST_F(WarmingPlanTest, APauseLongerThanAnHourStaysAsLongAsItIs) {
    auto plan = make(std::chrono::hours{2});
    for (auto now = kStart; now < kStart + std::chrono::hours{6};) {
        ASSERT_EQ(plan.take_due(now), 0U);
        ASSERT_EQ(plan.decide(0, {}, now, 0), Verdict::Ask);
        plan.on_failure(0, now);
        now += std::chrono::hours{2};
        ASSERT_EQ(plan.next_look(), now);
    }
}

TEST_F(WarmingPlanTest, WhatWasRefusedIsNotAskedForAgain) {
    auto plan = make();
    ASSERT_EQ(plan.take_due(kStart), 0U);
    ASSERT_EQ(plan.decide(0, {}, kStart, 0), Verdict::Ask);
    plan.on_refusal(0);
    EXPECT_EQ(plan.next_look(), std::nullopt);
    EXPECT_EQ(plan.dropped(), 1U);
}

TEST_F(WarmingPlanTest, OneRoundLooksAtNothingTwice) {
    auto plan = make(std::nullopt);
    ASSERT_EQ(plan.take_due(kStart), 0U);
    ASSERT_EQ(plan.decide(0, {}, kStart, 0), Verdict::Ask);
    plan.on_answer(0, times_, kStart, 0);
    EXPECT_EQ(plan.next_look(), std::nullopt);

    auto fresh = make(std::nullopt);
    ASSERT_EQ(fresh.take_due(kStart), 0U);
    EXPECT_EQ(fresh.decide(0, {&times_, 0}, kStart, 0), Verdict::Fresh);
    EXPECT_EQ(fresh.next_look(), std::nullopt);
}

TEST_F(WarmingPlanTest, WhatNeverExpiresIsLookedAtOnce) {
    auto plan = make();
    const auto forever = fresh_until(base::TimePoint::max());
    ASSERT_EQ(plan.take_due(kStart), 0U);
    EXPECT_EQ(plan.decide(0, {&forever, 0}, kStart, 0), Verdict::Fresh);
    EXPECT_EQ(plan.next_look(), std::nullopt);
}

/// A cache with entries that come, go and are used at random, and a server that knows
/// when each of its answers expires.
class World {
public:
    explicit World(std::uint32_t seed) : chance_{seed} {}

    void run() {
        while (now_ < kStart + std::chrono::hours{2}) {
            now_ += milliseconds{draw(1, 30'000)};
            for (std::size_t place = 0; place < kRequests; ++place) disturb(place);
            while (const auto place = plan_.take_due(now_)) look_at(*place);
        }
    }

    int asked() const noexcept { return asked_; }

private:
    static constexpr std::size_t kRequests = 8;

    struct Kept {
        cache::EntryTimes times;
        bool in_cache = false;
        bool was_seen = false;  ///< by the plan
        std::uint64_t uses = 0;
        std::uint64_t uses_when_warmed = 0;
        bool was_warmed = false;
    };

    int draw(int least, int most) {
        return std::uniform_int_distribution{least, most}(chance_);
    }
    double share() { return std::uniform_real_distribution{0.0, 1.0}(chance_); }

    void disturb(std::size_t place) {
        auto& kept = kept_[place];
        if (draw(1, 4) == 1) ++kept.uses;
        if (kept.in_cache && draw(1, 50) == 1) kept.in_cache = false;
        // Somebody who needs it asks, once it has expired.
        if (draw(1, 20) == 1 && now_ >= kept.times.fresh_until) renew(kept);
    }

    void renew(Kept& kept) {
        kept.times = fresh_until(now_ + seconds{draw(0, 400)});
        kept.in_cache = true;
        kept.was_seen = false;
    }

    void look_at(std::size_t place) {
        auto& kept = kept_[place];
        const auto* times = kept.in_cache ? &kept.times : nullptr;
        const auto verdict = plan_.decide(place, {times, kept.uses}, now_, share());
        if (times != nullptr && verdict != Verdict::PassOver) kept.was_seen = true;
        if (verdict == Verdict::Ask) ask(place, kept);
    }

    void ask(std::size_t place, Kept& kept) {
        ++asked_;
        if (kept.was_seen) {
            EXPECT_GE(now_, kept.times.fresh_until + kSkew);
        }
        if (kept.was_warmed) {
            EXPECT_GT(kept.uses, kept.uses_when_warmed);
        }
        if (draw(1, 5) == 1) {
            plan_.on_failure(place, now_);
            return;
        }
        kept.was_warmed = true;
        kept.uses_when_warmed = kept.uses;
        renew(kept);
        kept.was_seen = true;
        plan_.on_answer(place, kept.times, now_, share());
    }

    std::minstd_rand chance_;
    base::TimePoint now_ = kStart;
    WarmingPlan plan_{kRequests, {.every = kEvery}, kStart};
    std::map<std::size_t, Kept> kept_;
    int asked_ = 0;
};

TEST(WarmingPlanProperty, NothingIsAskedForBeforeItsExpiryOrWithoutHavingBeenUsed) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        World world{seed};
        world.run();
        EXPECT_GT(world.asked(), 8);
    }
}

}  // namespace
}  // namespace pyesi::engine

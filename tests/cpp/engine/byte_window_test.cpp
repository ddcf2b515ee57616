// What has come and was not taken is bounded: batches and pages handed over one by one.

#include "engine/byte_window.h"

#include "engine_stage.h"

#include <algorithm>
#include <numeric>

namespace pyesi::engine {
namespace {

// Too short to be kept compressed.
constexpr std::size_t kBody = 6'000;
constexpr std::size_t kOne = kBody + 1024;

TEST(ByteWindow, WhereNothingIsHeldOneMayAlwaysBeUnderWay) {
    ByteWindow window{1};
    window.on_come(1000);
    EXPECT_FALSE(window.has_room(0));
    window.on_taken(1000);
    EXPECT_TRUE(window.has_room(0));
    EXPECT_FALSE(window.has_room(1));
}

TEST(ByteWindow, WhatIsUnderWayCountsAsTheLargestThatCame) {
    ByteWindow window{1000};
    EXPECT_TRUE(window.has_room(100)) << "nothing is known yet";
    window.on_come(200);
    EXPECT_TRUE(window.has_room(3));
    EXPECT_FALSE(window.has_room(4));
    window.on_taken(5000);
    EXPECT_EQ(window.held(), 0U);
}

class SlowTaker : public EngineStage {
protected:
    Tag stream(std::size_t count, Delivery delivery, std::size_t byte_window) {
        const auto tag = ++last_tag_;
        std::vector<base::Result<Call>> items;
        items.reserve(count);
        for (std::size_t item = 0; item < count; ++item) {
            items.emplace_back(system_call(1000 + static_cast<int>(item)));
        }
        dispatcher_->enter(std::make_shared<Batch>(
            tag,
            ledger_,
            std::move(items),
            Batch::Settings{
                .at_once = 5, .delivery = delivery, .byte_window = byte_window}));
        turn();
        return tag;
    }

    Reply large(int pages = 0) const {
        return {.body = std::string(kBody, 'x'), .modified = 1000, .pages = pages};
    }

    void answer_all(int pages = 0) {
        while (under_way() > 0) answer_oldest(large(pages));
    }

    /// One that was handed over is done with.
    void take(Tag tag) {
        dispatcher_->on_taken(tag, ledger_->handed_over.at(taken_++));
        turn();
    }

    std::size_t held() const {
        const auto& all = ledger_->handed_over;
        return std::accumulate(all.begin() + static_cast<std::ptrdiff_t>(taken_),
                               all.end(),
                               std::size_t{0});
    }

    /// Takes one after the other until it has ended; the most that was ever held.
    std::size_t take_all(Tag tag) {
        std::size_t most = 0;
        while (!has_ended(tag)) {
            answer_all();
            most = std::max(most, held());
            if (!has_ended(tag)) take(tag);
        }
        return most;
    }

    std::size_t taken_ = 0;
};

TEST_F(SlowTaker, WhoTakesNothingIsAskedNoFurther) {
    stream(100, Delivery::AsCompleted, 8 * kOne);
    answer_all();
    EXPECT_LE(ledger_->items.size(), 10U);
    EXPECT_GE(ledger_->items.size(), 5U);
}

TEST_F(SlowTaker, WhoTakesGetsAllAndNeverHoldsMoreThanTheWindow) {
    for (const auto delivery : {Delivery::AsCompleted, Delivery::InOrder}) {
        ledger_->items.clear();
        taken_ = ledger_->handed_over.size();
        store_->clear();
        const auto tag = stream(100, delivery, 8 * kOne);
        EXPECT_LE(take_all(tag), 8 * kOne);
        EXPECT_EQ(ledger_->items.size(), 100U);
        EXPECT_EQ(ledger_->told.at(tag), 1);
        EXPECT_TRUE(ledger_->batch->results.empty());
    }
}

TEST_F(SlowTaker, AsCompletedAnItemComesBeforeThoseThatWereAskedEarlier) {
    stream(3, Delivery::AsCompleted, ByteWindow::kUsual);
    transport_->end(transport_->open().back().id, reply(large()));
    turn();
    ASSERT_EQ(ledger_->items.size(), 1U);
    EXPECT_EQ(ledger_->items.front().first, 2U);
}

TEST_F(SlowTaker, InOrderItWaitsForThose) {
    stream(3, Delivery::InOrder, ByteWindow::kUsual);
    transport_->end(transport_->open().back().id, reply(large()));
    turn();
    EXPECT_TRUE(ledger_->items.empty());
    answer_all();
    ASSERT_EQ(ledger_->items.size(), 3U);
    for (std::size_t place = 0; place < 3; ++place) {
        EXPECT_EQ(ledger_->items[place].first, place);
    }
}

TEST_F(SlowTaker, AnAnswerLargerThanTheWindowComesAlone) {
    const auto tag = stream(20, Delivery::AsCompleted, 1);
    answer_all();
    for (int turns = 0; turns < 30 && !has_ended(tag); ++turns) {
        while (held() > 0) take(tag);
        EXPECT_LE(under_way(), 1U);
        answer_all();
    }
    EXPECT_EQ(ledger_->items.size(), 20U);
}

TEST_F(SlowTaker, CancelledWhileItWaitsForRoomItEndsOnce) {
    const auto tag = stream(100, Delivery::AsCompleted, 2 * kOne);
    answer_all();
    EXPECT_FALSE(has_ended(tag));
    dispatcher_->cancel(tag);
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(ledger_->items.size(), 100U) << "each has its end";
    take(tag);  // too late, and no harm
}

TEST_F(SlowTaker, AnItemThatCouldNotBeBoundIsHandedOverToo) {
    const auto tag = ++last_tag_;
    std::vector<base::Result<Call>> items;
    items.emplace_back(base::make_failure(base::ErrorKind::InvalidRequest, "No."));
    dispatcher_->enter(
        std::make_shared<Batch>(tag,
                                ledger_,
                                std::move(items),
                                Batch::Settings{.delivery = Delivery::InOrder}));
    turn();
    ASSERT_EQ(ledger_->items.size(), 1U);
    EXPECT_FALSE(ledger_->items.front().second);
    EXPECT_TRUE(has_ended(tag));
}

TEST_F(SlowTaker, APageStreamWaitsForWhoTakesItsPages) {
    const auto tag = sweep({.consistent = false,
                            .stream = true,
                            .byte_window = 8 * kOne,
                            .pages = {.max_rounds = 0}});
    answer_all(100);
    EXPECT_LE(ledger_->pages.size(), 8U);
    EXPECT_GE(ledger_->pages.size(), 7U);
    EXPECT_FALSE(has_ended(tag));
    while (!has_ended(tag)) {
        take(tag);
        answer_all(100);
    }
    EXPECT_EQ(ledger_->pages.size(), 100U);
}

}  // namespace
}  // namespace pyesi::engine

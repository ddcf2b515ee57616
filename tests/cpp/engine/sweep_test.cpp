#include "engine_stage.h"

#include <set>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

class SweepFlow : public EngineStage {
protected:
    int page_of(const transport::TransferRequest& request) const {
        const auto place = request.url.find("page=");
        return std::stoi(request.url.substr(place + 5));
    }

    Reply page(int generation, int pages) const {
        return {.body = "[" + std::to_string(generation) + "]",
                .etag = "\"" + std::to_string(generation) + "\"",
                .lifetime = 300,
                .modified = generation * 1000,
                .pages = pages};
    }

    /// Answers all that is under way by `generation`, whose count is `pages`.
    std::multiset<int> answer_all(int generation, int pages) {
        std::multiset<int> answered;
        while (under_way() > 0) {
            answered.insert(page_of(oldest()));
            answer_oldest(page(generation, pages));
        }
        return answered;
    }

    const SweepEnd& end() { return ledger_->sweep->value(); }
};

TEST_F(SweepFlow, FetchesPageOneAndThenEachOtherPageOnce) {
    const auto tag = sweep();
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(page_of(oldest()), 1);
    const auto asked = answer_all(1, 45);

    EXPECT_EQ(asked.size(), 45U);
    EXPECT_EQ(std::set<int>(asked.begin(), asked.end()).size(), 45U);
    EXPECT_EQ(ledger_->told.at(tag), 1);
    ASSERT_EQ(end().pages.size(), 45U);
    EXPECT_TRUE(end().consistent);
    EXPECT_EQ(end().last_modified, base::WallTime{1000s});
}

TEST_F(SweepFlow, ASecondOneIsAnsweredFromTheCache) {
    sweep();
    answer_all(1, 3);
    const auto sent = transport_->started_count();
    sweep();
    EXPECT_EQ(transport_->started_count(), sent);
    EXPECT_EQ(end().pages.size(), 3U);
}

TEST_F(SweepFlow, RolledOverMidWayItEndsWithOneSnapshotAndNeverAsksEarly) {
    sweep();
    answer_oldest(page(1, 4));
    answer_oldest(page(1, 4));
    answer_all(2, 3);  // rolled over: fewer pages, and newer
    EXPECT_EQ(under_way(), 0U);

    turn_clock(299s);
    EXPECT_EQ(under_way(), 0U) << "the old pages are still fresh";
    turn_clock(4s);
    ASSERT_EQ(under_way(), 2U);
    answer_all(2, 3);

    ASSERT_EQ(end().pages.size(), 3U);
    EXPECT_EQ(end().rounds, 1);
    for (const auto& one : end().pages) {
        EXPECT_EQ(one.entry->last_modified, base::WallTime{2000s});
    }
}

TEST_F(SweepFlow, GivesUpWithAClearErrorAfterThreeRounds) {
    sweep();
    answer_oldest(page(1, 2));
    answer_oldest(page(2, 2));
    for (int round = 1; round <= 3; ++round) {
        // A page that was passed over long ago may be asked for at once.
        if (under_way() == 0) turn_clock(303s);
        ASSERT_EQ(under_way(), 1U);
        answer_oldest(page(2 + round, 2));
    }
    ASSERT_TRUE(ledger_->sweep->ok());
    const auto& end = ledger_->sweep->value();
    ASSERT_TRUE(end.torn);
    EXPECT_EQ(end.torn->kind, base::ErrorKind::InconsistentPages);
    EXPECT_EQ(end.pages.size(), 2U);
}

TEST_F(SweepFlow, MergesAndFlagsWhereConsistencyIsNotAskedFor) {
    sweep({.consistent = false, .pages = {.max_rounds = 0}});
    answer_oldest(page(1, 2));
    answer_oldest(page(2, 2));
    EXPECT_FALSE(end().consistent);
    EXPECT_EQ(end().pages.size(), 2U);
}

TEST_F(SweepFlow, WaitsOnceWhenPageOneIsAboutToExpire) {
    sweep();
    auto soon = page(1, 3);
    soon.lifetime = 4;
    answer_oldest(soon);
    EXPECT_EQ(under_way(), 0U);
    turn_clock(7s);
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(page_of(oldest()), 1);
    auto again = page(2, 3);
    again.lifetime = 4;
    answer_oldest(again);
    EXPECT_EQ(under_way(), 2U) << "it waits once, not for ever";
    answer_all(2, 3);
    EXPECT_TRUE(end().consistent);
}

TEST_F(SweepFlow, AnErrorPageEndsItWithThatAnswer) {
    sweep();
    answer_oldest(page(1, 5));
    answer_oldest({.status = 403, .etag = "", .lifetime = -1});
    while (under_way() > 0) answer_oldest(page(1, 5));
    ASSERT_TRUE(ledger_->bad_answer.has_value());
    EXPECT_EQ(ledger_->bad_answer->status(), 403);
}

TEST_F(SweepFlow, APagePastTheEndIsNoError) {
    sweep();
    answer_oldest(page(1, 3));
    answer_oldest({.status = 500,
                   .body = R"({"error":"Undefined 404 response. Original message: )"
                           R"(Requested page does not exist!"})",
                   .etag = "",
                   .lifetime = -1});
    answer_oldest(page(2, 2));
    turn_clock(303s);
    answer_all(2, 2);
    EXPECT_EQ(end().pages.size(), 2U);
    EXPECT_TRUE(end().consistent);
}

TEST_F(SweepFlow, StreamedPagesComeInOrderOnceTheSnapshotIsWhole) {
    sweep({.stream = true});
    answer_oldest(page(1, 3));
    answer_oldest(page(1, 3));
    EXPECT_TRUE(ledger_->pages.empty());
    answer_oldest(page(1, 3));
    ASSERT_EQ(ledger_->pages.size(), 3U);
    for (std::size_t index = 0; index < 3; ++index) {
        EXPECT_EQ(ledger_->pages[index].first, index);
    }
}

TEST_F(SweepFlow, StreamedWithoutConsistencyEachPageComesAtOnce) {
    sweep({.consistent = false, .stream = true, .pages = {.max_rounds = 0}});
    answer_oldest(page(1, 3));
    EXPECT_EQ(ledger_->pages.size(), 1U);
    answer_all(1, 3);
    EXPECT_EQ(ledger_->pages.size(), 3U);
}

TEST_F(SweepFlow, CancelledItEndsOnceAndAsksForNothingMore) {
    const auto tag = sweep();
    answer_oldest(page(1, 100));
    dispatcher_->cancel(tag);
    turn();
    while (under_way() > 0) answer_oldest(page(1, 100));
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(ledger_->sweep->failure().kind, base::ErrorKind::Cancelled);
    EXPECT_LE(transport_->started_count(), 21U);
}

TEST_F(SweepFlow, CancelledWhileItWaitsForTheRefreshItEndsAtOnce) {
    const auto tag = sweep();
    auto soon = page(1, 3);
    soon.lifetime = 4;
    answer_oldest(soon);
    dispatcher_->cancel(tag);
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

class BatchFlow : public EngineStage {
protected:
    Tag batch(std::vector<base::Result<Call>> items, Batch::Settings settings) {
        const auto tag = ++last_tag_;
        dispatcher_->enter(
            std::make_shared<Batch>(tag, ledger_, std::move(items), settings));
        turn();
        return tag;
    }

    std::vector<base::Result<Call>> systems(int count) const {
        std::vector<base::Result<Call>> items;
        for (int id = 1; id <= count; ++id) items.emplace_back(system_call(id));
        return items;
    }
};

TEST_F(BatchFlow, RunsAFewAtOnceAndNeverInGroups) {
    batch(systems(10), {.at_once = 3, .tells_progress = true});
    EXPECT_EQ(under_way(), 3U);
    answer_oldest({});
    EXPECT_EQ(under_way(), 3U);
    while (under_way() > 0) answer_oldest({});
    ASSERT_TRUE(ledger_->batch.has_value());
    EXPECT_EQ(ledger_->batch->results.size(), 10U);
    EXPECT_EQ(ledger_->progress.size(), 10U);
}

TEST_F(BatchFlow, KeepsTheOrderAskedFor) {
    batch(systems(3), {.at_once = 3});
    transport_->end(transport_->open()[2].id, reply({.body = "third"}));
    turn();
    answer_oldest({.body = "first"});
    answer_oldest({.body = "second"});
    std::vector<std::string> bodies;
    for (const auto& result : ledger_->batch->results) {
        bodies.emplace_back(result->entry->response.body.bytes.view());
    }
    EXPECT_EQ(bodies, (std::vector<std::string>{"first", "second", "third"}));
}

TEST_F(BatchFlow, AnItemThatCouldNotBeBoundFailsInItsPlace) {
    auto items = systems(2);
    items.insert(items.begin() + 1,
                 base::make_failure(base::ErrorKind::InvalidRequest, "no such route"));
    batch(std::move(items), {});
    while (under_way() > 0) answer_oldest({});
    ASSERT_EQ(ledger_->batch->results.size(), 3U);
    EXPECT_TRUE(ledger_->batch->results[0].ok());
    EXPECT_EQ(ledger_->batch->results[1].failure().kind,
              base::ErrorKind::InvalidRequest);
    EXPECT_TRUE(ledger_->batch->results[2].ok());
}

TEST_F(BatchFlow, WithoutItemsItEndsAtOnce) {
    const auto tag = batch({}, {});
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_TRUE(ledger_->batch->results.empty());
}

TEST_F(BatchFlow, WhatWaitsForOneGroupHoldsNoOtherBackForLong) {
    std::vector<base::Result<Call>> items;
    for (int region = 1; region <= 1000; ++region) {
        auto orders = orders_call();
        orders.target = "/markets/" + std::to_string(region) + "/orders";
        items.emplace_back(std::move(orders));
    }
    items.emplace_back(system_call());
    batch(std::move(items), {.at_once = 2000});
    answer_oldest({.status = 429, .extra_name = "Retry-After", .extra_value = "600"});
    while (under_way() > 0) answer_oldest({});

    turn_clock(std::chrono::seconds{1});
    ASSERT_EQ(under_way(), 1U);
    EXPECT_TRUE(oldest().url.ends_with("/universe/systems/30000142"));
}

TEST_F(BatchFlow, CancelledWhileManyAreStillCallsItEndsOnce) {
    const auto tag = batch(systems(2000), {.at_once = 2000});
    answer_oldest({});
    dispatcher_->cancel(tag);
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(ledger_->batch->results.size(), 2000U);
    turn_clock(std::chrono::seconds{2});
    EXPECT_LE(transport_->started_count(), 21U);
}

TEST_F(BatchFlow, CancelledItEndsOnceWithEveryItem) {
    const auto tag = batch(systems(50), {.at_once = 5});
    answer_oldest({});
    dispatcher_->cancel(tag);
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(ledger_->batch->results.size(), 50U);
    EXPECT_LE(transport_->started_count(), 6U);
}

}  // namespace
}  // namespace pyesi::engine

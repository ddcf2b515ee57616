// A listing's pages become a table: each is read as it comes, once and for all.

#include "held_workers.h"
#include "http/content_coding.h"
#include "table_stage.h"

#include <array>
#include <numeric>
#include <string>
#include <utility>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;
using columns::Kind;

using TableSweep = TableStage;

TEST_F(TableSweep, TheRowsOfAllPagesComeInTheirOrder) {
    const auto tag = table();
    answer_oldest(own_page(4));
    // The last page comes first.
    while (under_way() > 0) {
        const auto id = transport_->open().back().id;
        const auto number = page_of(transport_->open().back().request);
        transport_->end(id, reply(page({100 + number}, 4)));
        turn();
    }
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(ids_in(end().batches), (Ids{101, 102, 103, 104}));
    EXPECT_EQ(end().page_count, 4);
    EXPECT_EQ(end().repeats, 0U);
    EXPECT_TRUE(end().consistent);
    EXPECT_EQ(end().last_modified, base::WallTime{1000s});
    EXPECT_TRUE(end().pages.empty());
}

TEST_F(TableSweep, EachBatchIsOfThePlanThatWasGiven) {
    const auto plan = orders_plan();
    table({.table = plan});
    answer_all(2);
    EXPECT_EQ(end().table, plan);
    for (const auto& batch : end().batches) EXPECT_EQ(batch->plan, plan);
}

TEST_F(TableSweep, AnOrdinarySweepHasNoTable) {
    sweep();
    answer_all(2);
    EXPECT_EQ(end().table, nullptr);
    EXPECT_EQ(end().pages.size(), 2U);
}

TEST_F(TableSweep, APageThatIsFetchedAgainIsReadAgain) {
    table();
    answer_oldest(own_page(4, 1));
    answer_oldest(own_page(4, 1));
    answer_all(3, 2);  // rolled over: fewer pages, and newer
    turn_clock(303s);
    ASSERT_EQ(under_way(), 2U);
    answer_all(3, 2);

    EXPECT_EQ(ids_in(end().batches), (Ids{201, 202, 203}));
    EXPECT_EQ(end().page_count, 3);
    EXPECT_EQ(end().rounds, 1);
}

TEST_F(TableSweep, WhatIsKeptIsReadFromTheCache) {
    table();
    answer_all(3);
    const auto sent = transport_->started_count();
    table();
    EXPECT_EQ(transport_->started_count(), sent);
    EXPECT_EQ(ids_in(end().batches), (Ids{101, 102, 103}));
}

TEST_F(TableSweep, APageHeldCompressedIsReadFromWhatIsAtHand) {
    Ids many(5'000);
    std::iota(many.begin(), many.end(), 1'000'000);
    table();
    answer_oldest(page(many, 1));
    EXPECT_EQ(ids_in(end().batches), many);
    table();  // now it is in the cache alone, and coded
    EXPECT_EQ(ids_in(end().batches), many);
}

TEST_F(TableSweep, WhoJoinsWithAnotherPlanHasRowsOfItsOwn) {
    Ids many(5'000);
    std::iota(many.begin(), many.end(), 1'000'000);
    const auto plans = std::array{orders_plan(), orders_plan()};
    const auto first = table({.table = plans[0]});
    const auto second = table({.table = plans[1]});
    ASSERT_EQ(under_way(), 1U);
    answer_oldest(page(many, 1));
    EXPECT_EQ(ledger_->told.at(first), 1);
    EXPECT_EQ(ledger_->told.at(second), 1);
    // What came last is in the ledger: its rows are all there, and of its own plan.
    EXPECT_EQ(ids_in(end().batches), many);
    EXPECT_EQ(end().batches.front()->plan, end().table);
}

TEST_F(TableSweep, AnOrdinaryRequestThatJoinsHasTheBody) {
    Ids many(5'000);
    std::iota(many.begin(), many.end(), 1'000'000);
    table();
    auto call = orders_call();
    call.target += "&page=1";
    const auto joined = ask(std::move(call));
    ASSERT_EQ(under_way(), 1U);
    answer_oldest(page(many, 1));
    EXPECT_EQ(ids_in(end().batches), many);
    const auto body = http::decode(answer_to(joined).entry->response.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->view(), orders(many));
}

TEST_F(TableSweep, AValueOfALargePageThatDoesNotFitIsToldAsThatOfASmallOne) {
    table();
    auto bad = own_page(1);
    bad.body = "[" + std::string(1U << 20U, ' ') + R"({"order_id":"many"}])";
    bad.extra_name = "X-Esi-Request-Id";
    bad.extra_value = "the one";
    answer_oldest(bad);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::DecodeFailed);
    EXPECT_EQ(ledger_->sweep->failure().attempts, 1);
    EXPECT_EQ(ledger_->sweep->failure().request_id, "the one");
}

TEST_F(TableSweep, AValueThatDoesNotFitEndsItWithDecodeFailedAndNothingElse) {
    const auto tag = table();
    answer_oldest(own_page(3));
    auto bad = own_page(3);
    bad.body = R"([{"order_id":"many"}])";
    answer_oldest(bad);
    while (under_way() > 0) answer_oldest(own_page(3));

    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::DecodeFailed);
    EXPECT_EQ(ledger_->sweep->failure().route, "/markets/{region_id}/orders");
    EXPECT_EQ(ledger_->sweep->failure().attempts, 1);
    EXPECT_FALSE(ledger_->bad_answer);
    EXPECT_TRUE(ledger_->pages.empty());
}

TEST_F(TableSweep, ABodyThatIsNoJsonEndsItToo) {
    table();
    auto bad = own_page(1);
    bad.body = "[{";
    answer_oldest(bad);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::DecodeFailed);
}

TEST_F(TableSweep, AnErrorPageEndsItWithThatAnswer) {
    const auto tag = table();
    answer_oldest(own_page(3));
    answer_oldest({.status = 403, .etag = "", .lifetime = -1});
    while (under_way() > 0) answer_oldest(own_page(3));
    EXPECT_EQ(ledger_->told.at(tag), 1);
    ASSERT_TRUE(ledger_->bad_answer);
    EXPECT_EQ(ledger_->bad_answer->status(), 403);
}

TEST_F(TableSweep, APagePastTheEndIsNotRead) {
    table();
    answer_oldest(own_page(3));
    answer_oldest({.status = 404,
                   .body = R"({"error":"Requested page does not exist!"})",
                   .etag = "",
                   .lifetime = -1});
    answer_oldest(own_page(2, 2));
    turn_clock(303s);
    answer_all(2, 2);
    EXPECT_EQ(ids_in(end().batches), (Ids{201, 202}));
}

TEST_F(TableSweep, ARowThatCameTwiceStaysOnce) {
    table();
    answer_oldest(page({1, 2, 3}, 2));
    answer_oldest(page({3, 4}, 2));
    EXPECT_EQ(ids_in(end().batches), (Ids{1, 2, 3, 4}));
    EXPECT_EQ(end().repeats, 1U);
}

TEST_F(TableSweep, TornItEndsWithoutRows) {
    table();
    stay_torn();
    ASSERT_TRUE(end().torn);
    EXPECT_EQ(end().torn->kind, base::ErrorKind::InconsistentPages);
    EXPECT_TRUE(end().batches.empty());
    EXPECT_TRUE(end().pages.empty());
}

TEST_F(TableSweep, MergesAndFlagsWhereConsistencyIsNotAskedFor) {
    table({.consistent = false, .pages = {.max_rounds = 0}});
    answer_oldest(page({1}, 2, 1));
    answer_oldest(page({2}, 2, 2));
    EXPECT_FALSE(end().consistent);
    EXPECT_FALSE(end().torn);
    EXPECT_EQ(ids_in(end().batches), (Ids{1, 2}));
}

TEST_F(TableSweep, RowsAreGivenWhatTheCallerKnowsAndWhereTheyAreFrom) {
    using columns::GivenFrom;
    table({.table = orders_plan(
               {{{.name = "region_id", .kind = Kind::Int64}, GivenFrom::Caller},
                {{.name = "page", .kind = Kind::Int64}, GivenFrom::Page},
                {{.name = "at", .kind = Kind::Timestamp}, GivenFrom::LastModified}}),
           .given = {std::int64_t{10'000'002}}});
    answer_all(2);
    EXPECT_EQ(ids_in(end().batches, 1), (Ids{10'000'002, 10'000'002}));
    EXPECT_EQ(ids_in(end().batches, 2), (Ids{1, 2}));
    EXPECT_EQ(ids_in(end().batches, 3), (Ids{1'000'000, 1'000'000}));
}

TEST_F(TableSweep, ProgressIsOfPagesThatAreRead) {
    table({.tells_progress = true});
    {
        const HeldWorkers held{*dispatcher_};
        answer_oldest_unread(own_page(2));
        EXPECT_TRUE(ledger_->progress.empty());
    }
    turn();
    answer_all(2);
    using Told = std::vector<std::pair<std::size_t, std::size_t>>;
    EXPECT_EQ(ledger_->progress, (Told{{1, 2}, {2, 2}}));
}

TEST_F(TableSweep, OnceAPageIsReadItsAnswerIsNotHeld) {
    table();
    auto call = orders_call();
    call.target += "&page=1";
    answer_oldest(own_page(2));
    const std::weak_ptr<const cache::Entry> entry =
        dispatcher_->find(dispatcher_->key_of(call));
    ASSERT_FALSE(entry.expired());
    store_->clear();
    EXPECT_TRUE(entry.expired());
    answer_all(2);
    EXPECT_EQ(ids_in(end().batches), (Ids{101, 102}));
}

TEST_F(TableSweep, CancelledWhileAPageIsReadItEndsOnce) {
    const auto tag = table();
    {
        const HeldWorkers held{*dispatcher_};
        answer_oldest_unread(own_page(3));
        dispatcher_->cancel(tag);
        poll();
    }
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::Cancelled);
    EXPECT_EQ(under_way(), 0U);
}

TEST_F(TableSweep, CancelledWhileRepeatsAreLookedForItEndsOnce) {
    const auto tag = table({.tells_progress = true});
    auto before = std::make_unique<HeldWorkers>(*dispatcher_);
    answer_oldest_unread(own_page(1));
    {
        // The page is read between the two; what comes after it waits for the second.
        const HeldWorkers after{*dispatcher_};
        before.reset();
        while (ledger_->progress.empty()) poll();
        EXPECT_FALSE(has_ended(tag));
        dispatcher_->cancel(tag);
    }
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::Cancelled);
}

TEST_F(TableSweep, ClosedWhileAPageIsReadItEndsOnceBeforeTheDispatcherIsIdle) {
    const auto tag = table();
    {
        const HeldWorkers held{*dispatcher_};
        answer_oldest_unread(own_page(3));
        dispatcher_->close();
        poll();
        EXPECT_FALSE(dispatcher_->is_idle());
        EXPECT_FALSE(has_ended(tag));
    }
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::ClientClosed);
    EXPECT_TRUE(dispatcher_->is_idle());
}

TEST_F(TableSweep, ABadPageWhileOthersAreReadEndsItOnce) {
    const auto tag = table();
    answer_oldest(own_page(4));
    {
        const HeldWorkers held{*dispatcher_};
        auto bad = own_page(4);
        bad.body = "nothing";
        answer_oldest_unread(bad);
        answer_oldest_unread(own_page(4));
    }
    turn();
    while (under_way() > 0) answer_oldest(own_page(4));
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::DecodeFailed);
}

}  // namespace
}  // namespace pyesi::engine

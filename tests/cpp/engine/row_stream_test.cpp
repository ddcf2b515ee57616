// A listing's pages become rows one by one: of one snapshot, in their order, each as it
// is wanted.

#include "held_workers.h"
#include "http/content_coding.h"
#include "table_stage.h"

#include <numeric>
#include <string>
#include <utility>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;
using columns::Kind;

class RowStreams : public TableStage {
protected:
    Tag stream(Sweep::Settings settings = {}) {
        settings.stream = true;
        return table(std::move(settings));
    }

    /// As soon as they come.
    Tag stream_at_once(std::size_t byte_window = ByteWindow::kUsual) {
        return stream({.consistent = false,
                       .wait_for_refresh = false,
                       .byte_window = byte_window,
                       .pages = {.max_rounds = 0}});
    }

    const auto& told() const { return ledger_->rows; }

    Ids told_ids(std::size_t column = 0) const {
        std::vector<columns::RecordBatchPtr> batches;
        for (const auto& [index, rows] : told()) batches.push_back(rows.batch);
        return ids_in(batches, column);
    }

    /// Takes what was handed over so far, and has the rest handed over.
    void take_all(Tag tag) {
        std::size_t taken = 0;
        while (taken < ledger_->handed_over.size()) {
            dispatcher_->on_taken(tag, ledger_->handed_over[taken++]);
            turn();
        }
    }

    /// Of some 100 kB, so that few are read in one go, and fewer ahead.
    static Reply large_page(std::int64_t number, int pages) {
        Ids many(5'000);
        std::iota(many.begin(), many.end(), number * 1'000'000);
        return page(many, pages);
    }
};

TEST_F(RowStreams, RowsOfAllPagesComeInTheirOrderOnceTheSnapshotIsWhole) {
    const auto tag = stream();
    answer_oldest(own_page(4));
    // The last page comes first.
    while (under_way() > 0) {
        EXPECT_TRUE(told().empty());
        const auto id = transport_->open().back().id;
        const auto number = page_of(transport_->open().back().request);
        transport_->end(id, reply(page({100 + number}, 4)));
        turn();
    }
    EXPECT_EQ(told_ids(), (Ids{101, 102, 103, 104}));
    for (std::size_t place = 0; place < 4; ++place) {
        EXPECT_EQ(told()[place].first, place);
        EXPECT_EQ(told()[place].second.last_modified, base::WallTime{1000s});
    }
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_TRUE(end().consistent);
    EXPECT_TRUE(end().pages.empty());
    EXPECT_TRUE(end().batches.empty());
    EXPECT_TRUE(ledger_->pages.empty());
}

TEST_F(RowStreams, EachBatchIsOfThePlanThatWasGiven) {
    const auto plan = orders_plan();
    stream({.table = plan});
    answer_all(3);
    ASSERT_EQ(told().size(), 3U);
    for (const auto& [index, rows] : told()) EXPECT_EQ(rows.batch->plan, plan);
}

TEST_F(RowStreams, RowsAreGivenWhatTheCallerKnowsAndWhereTheyAreFrom) {
    using columns::GivenFrom;
    stream({.table = orders_plan(
                {{{.name = "region_id", .kind = Kind::Int64}, GivenFrom::Caller},
                 {{.name = "page", .kind = Kind::Int64}, GivenFrom::Page},
                 {{.name = "at", .kind = Kind::Timestamp}, GivenFrom::LastModified}}),
            .given = {std::int64_t{10'000'002}}});
    answer_all(2);
    EXPECT_EQ(told_ids(1), (Ids{10'000'002, 10'000'002}));
    EXPECT_EQ(told_ids(2), (Ids{1, 2}));
    EXPECT_EQ(told_ids(3), (Ids{1'000'000, 1'000'000}));
}

TEST_F(RowStreams, ARowThatThePageBeforeHasIsLeftOutAndCounted) {
    stream();
    answer_oldest(page({1, 2, 3}, 4));
    answer_oldest(page({3, 4}, 4));
    answer_oldest(page({3, 4, 5}, 4));  // both are the page before's
    answer_oldest(page({6, 1}, 4));     // 1 is of a page further back: it stays
    EXPECT_EQ(told_ids(), (Ids{1, 2, 3, 4, 5, 6, 1}));
    Ids repeats;
    for (const auto& [index, rows] : told()) {
        repeats.push_back(static_cast<std::int64_t>(rows.repeats));
    }
    EXPECT_EQ(repeats, (Ids{0, 1, 2, 0}));
}

TEST_F(RowStreams, ARowThatThePageBeforeHasIsLeftOutAlsoWhereThatWasReadBefore) {
    const auto tag = stream({.byte_window = 1});  // a page at a time
    answer_oldest(page({1, 2}, 3));
    answer_oldest(page({2, 3}, 3));
    answer_oldest(page({3, 4}, 3));
    EXPECT_EQ(told_ids(), (Ids{1, 2}));
    take_all(tag);
    EXPECT_EQ(told_ids(), (Ids{1, 2, 3, 4}));
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

TEST_F(RowStreams, WithoutConsistencyAPageIsReadOnceThoseBeforeItHaveCome) {
    const auto tag = stream_at_once();
    answer_oldest(own_page(4));
    EXPECT_EQ(told_ids(), (Ids{101}));
    // The third comes before the second.
    const auto third = transport_->open()[1].id;
    ASSERT_EQ(page_of(transport_->open()[1].request), 3);
    transport_->end(third, reply(page({103}, 4)));
    turn();
    EXPECT_EQ(told_ids(), (Ids{101}));
    answer_oldest(own_page(4));
    EXPECT_EQ(told_ids(), (Ids{101, 102, 103}));
    EXPECT_FALSE(has_ended(tag));
    answer_all(4);
    EXPECT_EQ(told_ids(), (Ids{101, 102, 103, 104}));
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

TEST_F(RowStreams, PagesOfTwoSnapshotsAreToldWithTheirOwn) {
    stream_at_once();
    answer_oldest(own_page(2, 1));
    answer_oldest(own_page(2, 2));
    ASSERT_EQ(told().size(), 2U);
    EXPECT_EQ(told()[0].second.last_modified, base::WallTime{1000s});
    EXPECT_EQ(told()[1].second.last_modified, base::WallTime{2000s});
    EXPECT_FALSE(end().consistent);
}

TEST_F(RowStreams, NoMoreIsReadAheadThanTheWindowHolds) {
    const auto tag = stream({.byte_window = 100'000});  // of 40 kB each: two
    for (std::int64_t number = 1; number <= 6; ++number) {
        answer_oldest(large_page(number, 6));
    }
    EXPECT_EQ(told().size(), 2U);
    EXPECT_FALSE(has_ended(tag));
    dispatcher_->on_taken(tag, ledger_->handed_over[0]);
    turn();
    EXPECT_EQ(told().size(), 3U);
    take_all(tag);
    EXPECT_EQ(told().size(), 6U);
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

TEST_F(RowStreams, OfAWideWindowOnlySomeMegabytesAreReadAhead) {
    constexpr int kPages = 200;
    const auto tag = stream();
    for (int number = 1; number <= kPages; ++number) {
        answer_oldest(large_page(number, kPages));
    }
    const auto ahead = std::accumulate(
        ledger_->handed_over.begin(), ledger_->handed_over.end(), std::size_t{0});
    EXPECT_GT(ahead, std::size_t{1} << 20U);
    EXPECT_LT(ahead, std::size_t{4} << 20U);
    take_all(tag);
    EXPECT_EQ(told().size(), kPages);
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

TEST_F(RowStreams, WithoutConsistencyNothingIsAskedForBeyondTheWindow) {
    const auto tag = stream_at_once(100'000);
    answer_oldest(large_page(1, 6));
    while (under_way() > 0) {
        answer_oldest(large_page(page_of(oldest()), 6));
    }
    const auto before = told().size();
    EXPECT_LT(before, 6U);
    EXPECT_FALSE(has_ended(tag));
    for (std::size_t taken = 0; taken < told().size(); ++taken) {
        dispatcher_->on_taken(tag, ledger_->handed_over[taken]);
        turn();
        while (under_way() > 0) answer_oldest(large_page(page_of(oldest()), 6));
    }
    EXPECT_EQ(told().size(), 6U);
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

TEST_F(RowStreams, APageThatDoesNotFitEndsItAfterTheRowsOfThoseBefore) {
    const auto tag = stream();
    answer_oldest(own_page(4));
    answer_oldest(own_page(4));
    auto bad = own_page(4);
    bad.body = R"([{"order_id":"many"}])";
    answer_oldest(bad);
    answer_oldest(own_page(4));
    EXPECT_EQ(told_ids(), (Ids{101, 102}));
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::DecodeFailed);
    EXPECT_EQ(ledger_->sweep->failure().route, "/markets/{region_id}/orders");
    EXPECT_EQ(ledger_->sweep->failure().attempts, 1);
}

TEST_F(RowStreams, WithoutConsistencyItEndsWhatIsUnderWayToo) {
    const auto tag = stream_at_once();
    answer_oldest(own_page(4));
    auto bad = own_page(4);
    bad.body = "nothing";
    answer_oldest(bad);
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::DecodeFailed);
    while (under_way() > 0) answer_oldest(own_page(4));
    EXPECT_EQ(told_ids(), (Ids{101}));
}

TEST_F(RowStreams, AnErrorPageEndsItWithThatAnswerAndNoRows) {
    const auto tag = stream();
    answer_oldest(own_page(3));
    answer_oldest({.status = 403, .etag = "", .lifetime = -1});
    while (under_way() > 0) answer_oldest(own_page(3));
    EXPECT_EQ(ledger_->told.at(tag), 1);
    ASSERT_TRUE(ledger_->bad_answer);
    EXPECT_TRUE(told().empty());
}

TEST_F(RowStreams, TornItEndsWithoutRows) {
    stream();
    stay_torn();
    ASSERT_TRUE(end().torn);
    EXPECT_TRUE(told().empty());
}

TEST_F(RowStreams, CancelledWhileItWaitsToBeTakenItEndsOnce) {
    const auto tag = stream({.byte_window = 1});
    answer_all(3);
    ASSERT_EQ(told().size(), 1U);
    ASSERT_FALSE(has_ended(tag));
    dispatcher_->cancel(tag);
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::Cancelled);
    EXPECT_EQ(told().size(), 1U);
    EXPECT_TRUE(dispatcher_->is_idle());
}

TEST_F(RowStreams, ClosedWhileAPageIsReadItEndsOnceAndNoRowsFollow) {
    const auto tag = stream();
    {
        const HeldWorkers held{*dispatcher_};
        answer_oldest_unread(own_page(1));
        dispatcher_->close();
        poll();
        EXPECT_FALSE(has_ended(tag));
    }
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::ClientClosed);
    EXPECT_TRUE(told().empty());
    EXPECT_TRUE(dispatcher_->is_idle());
}

TEST_F(RowStreams, WithoutConsistencyAnErrorPageEndsItAfterTheRowsOfThoseBefore) {
    const auto tag = stream_at_once();
    answer_oldest(own_page(3));
    answer_oldest({.status = 403, .etag = "", .lifetime = -1});
    while (under_way() > 0) answer_oldest(own_page(3));
    EXPECT_EQ(told_ids(), (Ids{101}));
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_TRUE(ledger_->bad_answer);
    EXPECT_TRUE(dispatcher_->is_idle());
}

TEST_F(RowStreams, APageThatWaitsIsHeldAsItCameAndNotInPlainToo) {
    stream();
    answer_oldest(large_page(1, 2));
    auto call = orders_call();
    call.target += "&page=2";
    const auto joined = ask(std::move(call));
    answer_oldest(large_page(2, 2));
    EXPECT_EQ(told().size(), 2U);
    // Who joined has the body all the same.
    EXPECT_TRUE(answer_to(joined).decoded.empty());
    const auto body = http::decode(answer_to(joined).entry->response.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->view(), large_page(2, 2).body);
}

TEST_F(RowStreams, WhatIsKeptIsReadFromTheCache) {
    stream();
    answer_oldest(large_page(1, 2));
    answer_oldest(large_page(2, 2));
    const auto first = told_ids();
    const auto sent = transport_->started_count();
    ledger_->rows.clear();
    stream();
    EXPECT_EQ(transport_->started_count(), sent);
    EXPECT_EQ(told_ids(), first);
}

}  // namespace
}  // namespace pyesi::engine

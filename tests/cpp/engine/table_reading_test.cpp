// Answers that came are read into one batch, by a worker.

#include "engine_stage.h"
#include "held_workers.h"
#include "http/content_coding.h"

#include <numeric>

namespace pyesi::engine {
namespace {

using columns::Kind;
using Ids = std::vector<std::int64_t>;

TablePlanPtr ids_plan() {
    auto plan = std::make_shared<columns::TablePlan>();
    plan->route = "/universe/systems/{system_id}";
    plan->bare = true;
    plan->columns.push_back({.name = "value", .kind = Kind::Int64, .nullable = false});
    return plan;
}

Answer answer_with(http::Body body) {
    auto entry = std::make_shared<cache::Entry>();
    entry->response.status = 200;
    entry->response.headers.append("X-Esi-Request-Id", "the-id");
    entry->response.body = std::move(body);
    auto route = std::make_shared<catalog::Route>();
    route->path = "/universe/systems/{system_id}";
    return {.call = {.profile = nullptr,
                     .route = std::move(route),
                     .options = nullptr,
                     .target = "",
                     .method = http::Method::Get},
            .entry = std::move(entry),
            .decoded = {},
            .attempts = 2};
}

Answer plain(std::string_view json) {
    return answer_with({.bytes = base::Bytes{json}, .decoded_size = json.size()});
}

Answer coded(std::string_view json) {
    return answer_with({.bytes = http::compress_gzip(json),
                        .coding = http::ContentCoding::Gzip,
                        .decoded_size = json.size()});
}

std::vector<Answered> all_of(std::vector<Answer> answers) {
    std::vector<Answered> all;
    all.reserve(answers.size());
    for (auto& answer : answers) all.push_back({.answer = std::move(answer)});
    return all;
}

Ids ids_in(const columns::RecordBatch& batch) {
    const auto values = batch.columns.front().values_as<std::int64_t>();
    return {values.begin(), values.end()};
}

TEST(ReadAnswers, PlainAndCodedBodiesBecomeOneBatchInTheirOrder) {
    const auto batch =
        read_answers(ids_plan(), all_of({plain("[1,2]"), coded("[3]"), plain("[4]")}));
    ASSERT_TRUE(batch);
    EXPECT_EQ(ids_in(**batch), (Ids{1, 2, 3, 4}));
}

TEST(ReadAnswers, AnAnswerWithoutABodyHasNoRows) {
    const auto batch = read_answers(ids_plan(), all_of({plain(""), plain("[4]")}));
    ASSERT_TRUE(batch);
    EXPECT_EQ(ids_in(**batch), Ids{4});
}

TEST(ReadAnswers, OfNoAnswersItIsEmpty) {
    const auto batch = read_answers(ids_plan(), {});
    ASSERT_TRUE(batch);
    EXPECT_EQ((*batch)->rows, 0);
}

TEST(ReadAnswers, ADamagedBodyIsDecodeFailedWithWhatIsKnownOfTheAnswer) {
    auto damaged = coded("[1,2,3]");
    auto entry = std::make_shared<cache::Entry>(*damaged.entry);
    entry->response.body.bytes = base::Bytes{"no gzip at all"};
    damaged.entry = std::move(entry);
    const auto batch = read_answers(ids_plan(), all_of({std::move(damaged)}));
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.failure().kind, base::ErrorKind::DecodeFailed);
    EXPECT_EQ(batch.failure().route, "/universe/systems/{system_id}");
    EXPECT_EQ(batch.failure().request_id, "the-id");
    EXPECT_EQ(batch.failure().attempts, 2);
}

TEST(ReadAnswers, AValueThatDoesNotFitIsDecodeFailedWithTheSame) {
    const auto batch = read_answers(ids_plan(), all_of({plain(R"(["one"])")}));
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.failure().kind, base::ErrorKind::DecodeFailed);
    EXPECT_EQ(batch.failure().request_id, "the-id");
}

class ReadingFlow : public EngineStage {
protected:
    Tag read(std::vector<Answered> answers) {
        const auto tag = ++last_tag_;
        dispatcher_->enter(std::make_shared<Reading>(
            tag, ledger_, AnswerReading{ids_plan(), std::move(answers)}));
        return tag;
    }

    void poll() {
        loop_.restart();
        loop_.poll();
    }

    base::ErrorKind kind_of_end() { return ledger_->reading->failure().kind; }
};

TEST_F(ReadingFlow, EndsOnceWithTheRows) {
    const auto tag = read(all_of({plain("[1,2]"), coded("[3]")}));
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(ids_in(*ledger_->reading->value()), (Ids{1, 2, 3}));
}

TEST_F(ReadingFlow, EndsOnceWithWhatWasWrong) {
    const auto tag = read(all_of({plain("{")}));
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::DecodeFailed);
}

TEST_F(ReadingFlow, CancelledWhileItIsReadItEndsOnce) {
    Tag tag = 0;
    {
        const HeldWorkers held{*dispatcher_};
        tag = read(all_of({plain("[1]")}));
        dispatcher_->cancel(tag);
        dispatcher_->cancel(tag);
    }
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::Cancelled);
    dispatcher_->cancel(tag);  // too late, and no harm
}

TEST_F(ReadingFlow, ClosedWhileItIsReadItEndsOnceBeforeTheDispatcherIsIdle) {
    Tag tag = 0;
    {
        const HeldWorkers held{*dispatcher_};
        tag = read(all_of({plain("[1]")}));
        dispatcher_->close();
        poll();
        EXPECT_FALSE(dispatcher_->is_idle());
    }
    turn();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::ClientClosed);
    EXPECT_TRUE(dispatcher_->is_idle());
}

TEST_F(ReadingFlow, AskedForAfterTheEndItEndsAtOnce) {
    dispatcher_->close();
    const auto tag = read(all_of({plain("[1]")}));
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(kind_of_end(), base::ErrorKind::ClientClosed);
}

}  // namespace
}  // namespace pyesi::engine

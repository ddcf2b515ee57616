// A request's flow with a tier below the memory that takes its time.

#include "cache/tiered_store.h"
#include "engine_stage.h"

#include <deque>
#include <thread>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

/// Answers when the test says so, on the test's thread or on another.
class SlowStore final : public cache::Store {
public:
    cache::EntryPtr find(cache::CacheKeyView /*key*/, base::TimePoint) override {
        return nullptr;
    }
    void look_up(const cache::CacheKey& key,
                 base::TimePoint /*now*/,
                 const Found& found) override {
        if (answers_at_once) {
            found(kept[key.text]);
        } else {
            asked.emplace_back(key.text, found);
        }
    }
    bool may_take_time() const noexcept override { return true; }
    void store(cache::CacheKey key, cache::EntryPtr entry) override {
        kept[key.text] = std::move(entry);
    }
    bool erase(cache::CacheKeyView key) override {
        return kept.erase(std::string{key.text}) > 0;
    }
    std::size_t erase_if(const std::function<bool(std::string_view)>&) override {
        return 0;
    }
    void clear() override { kept.clear(); }
    cache::StoreStatistics statistics() const override { return {}; }

    /// What the tier's own thread does with its oldest question.
    void tell_oldest() {
        auto [text, found] = std::move(asked.front());
        asked.pop_front();
        std::thread{[&] { found(kept[text]); }}.join();
    }

    bool answers_at_once = false;
    std::map<std::string, cache::EntryPtr> kept;
    std::deque<std::pair<std::string, Found>> asked;
};

class SlowTier : public EngineStage {
protected:
    SlowTier() {
        begin_anew();
        slow_->answers_at_once = true;
        ask(system_call());
        answer_oldest({.body = "first", .etag = "\"one\"", .lifetime = 300});
        slow_->answers_at_once = false;
        begin_anew();
    }

    /// As a process that was restarted: the memory is empty.
    void begin_anew() {
        dispatcher_->close();
        turn();
        dispatcher_.reset();
        auto transport = std::make_unique<fakes::FakeTransport>(
            [this] { boost::asio::post(loop_, [this] { transport_->deliver(); }); });
        transport_ = transport.get();
        auto memory =
            std::make_shared<cache::MemoryStore>(cache::MemoryStore::Settings{});
        stack_ = std::make_shared<cache::TieredStore>(std::move(memory), slow_);
        dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Parts{
            loop_, config_, clock_, metrics_, stack_, std::move(transport)});
    }

    void tell_oldest() {
        slow_->tell_oldest();
        turn();
    }

    std::shared_ptr<SlowStore> slow_ = std::make_shared<SlowStore>();
    std::shared_ptr<cache::TieredStore> stack_;
};

TEST_F(SlowTier, WhatLiesBelowIsServedAndNothingSent) {
    const auto tag = ask(system_call());
    EXPECT_FALSE(has_ended(tag));
    EXPECT_EQ(under_way(), 0U);

    tell_oldest();

    EXPECT_EQ(answer_to(tag).source, Source::Fresh);
    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "first");
    EXPECT_EQ(transport_->started_count(), 0U);
    // The next one finds it in memory.
    EXPECT_EQ(answer_to(ask(system_call())).source, Source::Fresh);
    EXPECT_TRUE(slow_->asked.empty());
}

TEST_F(SlowTier, WhatIsStaleBelowIsRevalidatedByItsTag) {
    turn_clock(301s);
    const auto tag = ask(system_call());
    tell_oldest();
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(oldest().headers.find("If-None-Match"), "\"one\"");
    answer_oldest({.status = 304, .body = "", .etag = "\"one\"", .lifetime = 300});
    EXPECT_EQ(answer_to(tag).source, Source::Revalidated);
}

TEST_F(SlowTier, WhatIsNowhereIsAskedForOnceByAll) {
    std::vector<Tag> tags(5);
    for (auto& tag : tags) tag = ask(system_call(30000143));
    while (!slow_->asked.empty()) tell_oldest();
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({.body = "second"});
    for (const auto tag : tags) EXPECT_EQ(answer_to(tag).status(), 200);
    EXPECT_EQ(metrics_.snapshot(clock_.now()).totals.cache.misses, 5U + 1U);
}

TEST_F(SlowTier, OneThatIsToldAtOnceDoesNotWait) {
    slow_->answers_at_once = true;
    EXPECT_EQ(answer_to(ask(system_call())).source, Source::Fresh);
    ask(system_call(30000143));
    EXPECT_EQ(under_way(), 1U);
}

TEST_F(SlowTier, WhatIsInDoubtIsAskedForBelowAndStandsIfThatHangs) {
    ask(system_call());
    tell_oldest();
    stack_->doubt_all();
    const auto told = ask(system_call());
    EXPECT_FALSE(has_ended(told));
    tell_oldest();
    EXPECT_EQ(answer_to(told).source, Source::Fresh);

    stack_->doubt_all();
    const auto tag = ask(system_call());
    turn_clock(1s);
    EXPECT_EQ(answer_to(tag).source, Source::Fresh);
    EXPECT_EQ(transport_->started_count(), 0U);
}

TEST_F(SlowTier, WhatIsInDoubtAnswersAHeadToo) {
    ask(system_call());
    tell_oldest();
    stack_->doubt_all();
    auto head = system_call();
    head.method = http::Method::Head;
    const auto tag = ask(std::move(head));
    tell_oldest();
    EXPECT_EQ(answer_to(tag).source, Source::Fresh);
    EXPECT_EQ(transport_->started_count(), 0U);
}

TEST_F(SlowTier, OneThatHangsHoldsNobodyUp) {
    const auto tag = ask(system_call());
    turn_clock(1s);
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({.body = "second"});
    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "second");
    // What it says in the end is out of date: the second answer stays.
    tell_oldest();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(answer_to(ask(system_call())).entry->response.body.bytes.view(),
              "second");
}

TEST_F(SlowTier, WhoLeavesMeanwhileIsToldOnceAndNothingIsSent) {
    const auto tag = ask(system_call());
    dispatcher_->cancel(tag);
    turn();
    EXPECT_EQ(failure_of(tag), base::ErrorKind::Cancelled);
    EXPECT_TRUE(dispatcher_->is_idle());
    tell_oldest();
    EXPECT_EQ(ledger_->told.at(tag), 1);
    EXPECT_EQ(transport_->started_count(), 0U);
}

TEST_F(SlowTier, ADeadlineMeanwhileIsKept) {
    const auto tag = ask(system_call(), 500ms);
    turn_clock(500ms);
    EXPECT_EQ(failure_of(tag), base::ErrorKind::DeadlineExceeded);
    EXPECT_TRUE(dispatcher_->is_idle());
    tell_oldest();
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

TEST_F(SlowTier, AClosedEngineWaitsForNoTier) {
    const auto tag = ask(system_call());
    dispatcher_->close();
    turn();
    EXPECT_EQ(failure_of(tag), base::ErrorKind::ClientClosed);
    EXPECT_TRUE(dispatcher_->is_idle());
    tell_oldest();
    EXPECT_EQ(ledger_->told.at(tag), 1);
}

// The answer that came meanwhile is newer than what lay below.
TEST_F(SlowTier, WhatIsStoredMeanwhileWins) {
    const auto tag = ask(system_call());
    const auto key = dispatcher_->key_of(system_call());
    stack_->store(key, cache::make_entry({200, {}, {base::Bytes{"newer"}, {}, 5}}, {}));
    slow_->kept[key.text] = nullptr;
    tell_oldest();
    ASSERT_EQ(under_way(), 1U) << "it has no lifetime, and is validated";
    EXPECT_FALSE(has_ended(tag));
    EXPECT_EQ(stack_->find(key, clock_.now())->response.body.bytes.view(), "newer");
}

// The tier told what it knew; before the network thread heard of it, a reload's answer
// came.
TEST_F(SlowTier, WhatComesBeforeItIsHeardWins) {
    auto options = std::make_shared<Options>();
    options->cache_mode = CacheMode::Reload;
    auto reload = system_call(30000143);
    reload.options = options;
    ask(reload);
    tell_oldest();
    ASSERT_EQ(under_way(), 1U);
    const auto tag = ask(system_call(30000143));
    transport_->end_oldest(reply({.body = "reloaded", .lifetime = 300}));
    tell_oldest();
    EXPECT_EQ(answer_to(tag).source, Source::Fresh);
    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "reloaded");
}

TEST_F(SlowTier, WhatIsErasedMeanwhileStaysErased) {
    ask(system_call());
    const auto key = dispatcher_->key_of(system_call());
    auto [text, found] = slow_->asked.front();
    const auto old = slow_->kept[key.text];
    stack_->erase(key);
    slow_->asked.pop_front();
    found(old);
    tell_oldest();  // its word was out of date, so it is asked again
    EXPECT_EQ(stack_->find(key, clock_.now()), nullptr);
    EXPECT_EQ(under_way(), 1U);
}

}  // namespace
}  // namespace pyesi::engine

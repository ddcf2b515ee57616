#include "engine/cache_mode.h"

#include "engine_stage.h"

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

class CacheModes : public EngineStage {
protected:
    static Call in(CacheMode mode, Call call) {
        auto options = std::make_shared<Options>();
        if (call.options) *options = *call.options;
        options->cache_mode = mode;
        call.options = std::move(options);
        return call;
    }

    Tag ask_in(CacheMode mode) { return ask(in(mode, system_call())); }

    metrics::CacheSnapshot counted() {
        return metrics_.snapshot(clock_.now()).totals.cache;
    }
};

TEST_F(CacheModes, ReloadAsksAlthoughAFreshAnswerIsThereAndIsCounted) {
    ask(system_call());
    answer_oldest({.body = "first", .etag = "\"one\"", .lifetime = 300});

    const auto tag = ask_in(CacheMode::Reload);
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(oldest().headers.find("If-None-Match"), "\"one\"");
    answer_oldest({.body = "second", .etag = "\"two\""});

    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "second");
    EXPECT_EQ(answer_to(ask(system_call())).entry->response.body.bytes.view(),
              "second");
    EXPECT_EQ(counted().reloads, 1U);
    EXPECT_EQ(counted().early_reloads, 1U);
}

TEST_F(CacheModes, ReloadOfWhatIsNotFreshIsNotEarly) {
    ask_in(CacheMode::Reload);
    answer_oldest({});
    EXPECT_EQ(counted().reloads, 1U);
    EXPECT_EQ(counted().early_reloads, 0U);
}

TEST_F(CacheModes, ReloadIsToldOfAFailureWhereOthersTakeTheKeptAnswer) {
    ask(system_call());
    answer_oldest({.lifetime = 300});
    turn_clock(301s);
    config_.retry.max_attempts = 1;

    const auto strict = ask_in(CacheMode::Reload);
    const auto usual = ask(system_call());
    answer_oldest({.status = 520, .etag = "", .lifetime = -1});

    EXPECT_EQ(answer_to(strict).status(), 520);
    EXPECT_EQ(answer_to(usual).source, Source::Stale);
}

TEST_F(CacheModes, OnlyIfCachedServesWhatIsFresh) {
    ask(system_call());
    answer_oldest({.lifetime = 300});
    EXPECT_EQ(answer_to(ask_in(CacheMode::OnlyIfCached)).source, Source::Fresh);
}

TEST_F(CacheModes, OnlyIfCachedSendsNothing) {
    EXPECT_EQ(failure_of(ask_in(CacheMode::OnlyIfCached)), base::ErrorKind::CacheMiss);
    ask(system_call());
    answer_oldest({.lifetime = 300});
    turn_clock(301s);
    EXPECT_EQ(failure_of(ask_in(CacheMode::OnlyIfCached)), base::ErrorKind::CacheMiss);
    EXPECT_EQ(transport_->started_count(), 1U);
}

// Though an equal request is under way: it might take long.
TEST_F(CacheModes, OnlyIfCachedWaitsForNobody) {
    ask(system_call());
    EXPECT_EQ(failure_of(ask_in(CacheMode::OnlyIfCached)), base::ErrorKind::CacheMiss);
}

TEST_F(CacheModes, ForceStaleTakesAnAnswerOfAnyAge) {
    ask(system_call());
    answer_oldest({.lifetime = 300});
    turn_clock(24h * 30);

    const auto tag = ask_in(CacheMode::ForceStale);

    EXPECT_EQ(answer_to(tag).source, Source::Stale);
    EXPECT_EQ(transport_->started_count(), 1U);
}

TEST_F(CacheModes, ForceStaleAsksWhereNothingIsThereOrItMustBeValidated) {
    ask_in(CacheMode::ForceStale);
    answer_oldest({.lifetime = 300,
                   .extra_name = "Cache-Control",
                   .extra_value = "must-revalidate"});
    turn_clock(301s);
    ask_in(CacheMode::ForceStale);
    EXPECT_EQ(transport_->started_count(), 2U);
}

TEST_F(CacheModes, NoStoreServesWhatIsFresh) {
    ask(system_call());
    answer_oldest({.lifetime = 300});
    EXPECT_EQ(answer_to(ask_in(CacheMode::NoStore)).source, Source::Fresh);
}

// ESI must not be asked again before the expiry, so memory holds it until then.
TEST_F(CacheModes, NoStoreLeavesNothingBehindItsExpiry) {
    ask_in(CacheMode::NoStore);
    answer_oldest({.etag = "\"one\"", .lifetime = 300});
    turn_clock(299s);
    EXPECT_EQ(answer_to(ask_in(CacheMode::NoStore)).source, Source::Fresh);
    EXPECT_EQ(answer_to(ask(system_call())).source, Source::Fresh);

    turn_clock(2s);
    ask(system_call());

    ASSERT_EQ(under_way(), 1U);
    EXPECT_FALSE(oldest().headers.find("If-None-Match"));
    EXPECT_EQ(store_->statistics().entries, 0U);
}

TEST_F(CacheModes, AnAnswerThatOneOfItsCallersLetsBeKeptIsKept) {
    ask_in(CacheMode::NoStore);
    ask(system_call());
    answer_oldest({.etag = "\"one\"", .lifetime = 300});
    turn_clock(301s);
    ask_in(CacheMode::NoStore);
    EXPECT_EQ(oldest().headers.find("If-None-Match"), "\"one\"");
    answer_oldest({.status = 304, .body = "", .etag = "\"one\"", .lifetime = 300});

    turn_clock(301s);
    ask(system_call());
    EXPECT_EQ(oldest().headers.find("If-None-Match"), "\"one\"");
}

using NegativeCaching = CacheModes;

TEST_F(NegativeCaching, ARefusalIsAskedForOnceAMinute) {
    ask(system_call());
    answer_oldest({.status = 404, .lifetime = -1});
    turn_clock(59s);

    const auto kept = ask(system_call());
    EXPECT_EQ(answer_to(kept).status(), 404);
    EXPECT_EQ(answer_to(kept).source, Source::Fresh);
    EXPECT_EQ(counted().negative_hits, 1U);

    turn_clock(2s);
    ask(system_call());
    ASSERT_EQ(under_way(), 1U);
    EXPECT_FALSE(oldest().headers.find("If-None-Match"));
}

TEST_F(NegativeCaching, ARefusalOfOneIdentityIsNobodyElses) {
    ask(as(system_call(), "alice"));
    answer_oldest({.status = 403, .lifetime = -1});
    EXPECT_EQ(answer_to(ask(as(system_call(), "alice"))).status(), 403);
    EXPECT_EQ(under_way(), 0U);

    ask(as(system_call(), "bob"));
    ask(system_call());
    EXPECT_EQ(under_way(), 2U);
}

TEST_F(NegativeCaching, APagePastTheEndIsNotKept) {
    for (const int status : {404, 404}) {
        ask(system_call());
        ASSERT_EQ(under_way(), 1U);
        answer_oldest({.status = status,
                       .body = R"({"error":"Requested page does not exist!"})",
                       .etag = "",
                       .lifetime = -1});
    }
}

TEST_F(NegativeCaching, ARefusalStandsInForNoFailure) {
    ask(system_call());
    answer_oldest({.status = 404, .lifetime = -1});
    turn_clock(61s);
    config_.retry.max_attempts = 1;
    const auto tag = ask(system_call());
    answer_oldest({.status = 520, .etag = "", .lifetime = -1});
    EXPECT_EQ(answer_to(tag).status(), 520);
}

TEST_F(NegativeCaching, AReloadAsksPastARefusalWithoutAValidator) {
    ask(system_call());
    answer_oldest({.status = 404, .etag = "\"none\"", .lifetime = -1});
    const auto tag = ask_in(CacheMode::Reload);
    ASSERT_EQ(under_way(), 1U);
    EXPECT_FALSE(oldest().headers.find("If-None-Match"));
    answer_oldest({.status = 200});
    EXPECT_EQ(answer_to(tag).status(), 200);
    EXPECT_EQ(answer_to(ask(system_call())).status(), 200);
}

}  // namespace
}  // namespace pyesi::engine

#include "engine_stage.h"

#include <chrono>

namespace pyesi::engine {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// An engine that dates what nobody else does: a minute, and six seconds for each use.
class DynamicLifetime : public EngineStage {
protected:
    DynamicLifetime() {
        config_.dynamic_ttl = cache::DynamicTtl{};
        begin_anew();
    }

    void begin_anew() {
        dispatcher_->close();
        turn();
        dispatcher_.reset();
        auto transport = std::make_unique<fakes::FakeTransport>(
            [this] { boost::asio::post(loop_, [this] { transport_->deliver(); }); });
        transport_ = transport.get();
        auto popularity = std::make_shared<cache::PopularityTable>();
        popularity->start(config_.dynamic_ttl->decay);
        dispatcher_ =
            std::make_unique<Dispatcher>(Dispatcher::Parts{loop_,
                                                           config_,
                                                           clock_,
                                                           metrics_,
                                                           store_,
                                                           std::move(transport),
                                                           popularity});
    }

    /// Of a route to which not even the catalog gives a lifetime.
    Call undated_call() const {
        return {.profile = profile_,
                .route = route(http::Method::Get, "/meta/status"),
                .options = nullptr,
                .target = "/meta/status",
                .method = http::Method::Get};
    }

    cache::Lifetime lifetime_of(Tag tag) {
        return answer_to(tag).entry->times.freshness_lifetime;
    }
    double seconds_of(Tag tag) { return base::in_seconds(lifetime_of(tag).length); }
};

TEST_F(DynamicLifetime, WhatNobodyDatesIsFreshForAWhile) {
    const auto first = ask(undated_call());
    answer_oldest({.lifetime = -1});
    EXPECT_EQ(lifetime_of(first).source, cache::LifetimeSource::Dynamic);
    EXPECT_NEAR(seconds_of(first), 66, 0.1);

    EXPECT_EQ(answer_to(ask(undated_call())).source, Source::Fresh);
    turn_clock(seconds{67});
    ask(undated_call());
    EXPECT_EQ(under_way(), 1U);
}

TEST_F(DynamicLifetime, WhatIsUsedLivesLongerAtItsNextValidation) {
    ask(undated_call());
    answer_oldest({.lifetime = -1});
    for (int use = 0; use < 20; ++use) ask(undated_call());
    turn_clock(minutes{2});

    const auto later = ask(undated_call());
    answer_oldest({.status = 304, .lifetime = -1});
    EXPECT_EQ(answer_to(later).source, Source::Revalidated);
    // Of 21 uses two minutes ago some 18 are left, and this one is new.
    EXPECT_NEAR(seconds_of(later), 60 + (6 * (21 * 0.8706 + 1)), 0.5);
}

TEST_F(DynamicLifetime, UseNeverLengthensBeyondTheMaximum) {
    for (int use = 0; use < 2'000; ++use) ask(undated_call());
    answer_oldest({.lifetime = -1});
    EXPECT_EQ(seconds_of(1), 3'600);
}

TEST_F(DynamicLifetime, WhatTheServerSaysIsNeverItsBusiness) {
    const auto dated = ask(undated_call());
    answer_oldest({.lifetime = 10});
    EXPECT_EQ(seconds_of(dated), 10);

    turn_clock(minutes{1});
    const auto never = ask(undated_call());
    answer_oldest(
        {.lifetime = -1, .extra_name = "Cache-Control", .extra_value = "no-cache"});
    EXPECT_EQ(seconds_of(never), 0);
}

TEST_F(DynamicLifetime, WhatTheCatalogSaysIsNeverItsBusiness) {
    const auto dated = ask(orders_call());
    answer_oldest({.lifetime = -1});
    EXPECT_EQ(lifetime_of(dated).source, cache::LifetimeSource::Catalog);
}

TEST_F(EngineStage, WithoutDynamicLifetimesWhatNobodyDatesIsValidatedEachTime) {
    const Call call{.profile = profile_,
                    .route = route(http::Method::Get, "/meta/status"),
                    .options = nullptr,
                    .target = "/meta/status",
                    .method = http::Method::Get};
    ask(call);
    answer_oldest({.lifetime = -1});
    ask(call);
    EXPECT_EQ(under_way(), 1U);
}

}  // namespace
}  // namespace pyesi::engine

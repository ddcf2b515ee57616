#include "engine_stage.h"

#include <optional>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

class CacheSemantics : public EngineStage {
protected:
    Call contacts_call(http::Method method = http::Method::Get) const {
        return as({.profile = profile_,
                   .route = route(method, "/characters/{character_id}/contacts"),
                   .options = nullptr,
                   .target = "/characters/1/contacts",
                   .method = method},
                  "app:1");
    }

    Call head_call() const {
        auto call = system_call();
        call.method = http::Method::Head;
        return call;
    }

    /// Another client of the same engine, that says otherwise who it is.
    Call system_call_as(const std::string& user_agent) const {
        auto call = system_call();
        call.profile = std::make_shared<const Profile>(
            ProfileSettings{.base_url = profile_->base_url(),
                            .user_agent = user_agent,
                            .compatibility_date = "2026-08-18",
                            .language = "en",
                            .tenant = "tranquility"},
            shipped_routes());
        return call;
    }

    /// The same client, but its user wants another lifetime of systems.
    Call system_call_for(base::Duration lifetime) const {
        auto call = system_call();
        call.profile = std::make_shared<const Profile>(
            ProfileSettings{.base_url = profile_->base_url(),
                            .user_agent = "test/1.0",
                            .compatibility_date = "2026-08-18",
                            .language = "en",
                            .tenant = "tranquility",
                            .lifetimes = {{"/universe/systems/{system_id}", lifetime}}},
            shipped_routes());
        return call;
    }

    Source source_of(Call call) {
        const auto tag = ask(std::move(call));
        while (under_way() > 0) answer_oldest({.body = "again"});
        return answer_to(tag).source;
    }

    std::optional<std::string> field_of(Tag tag, std::string_view name) {
        const auto field = answer_to(tag).entry->response.headers.find(name);
        return field ? std::optional<std::string>{*field} : std::nullopt;
    }
};

// RFC 9111 §4.4.
TEST_F(CacheSemantics, AChangeThatSucceedsOutdatesWhatItsUrlHas) {
    ask(contacts_call());
    answer_oldest({.lifetime = 300});
    ASSERT_EQ(source_of(contacts_call()), Source::Fresh);

    auto change = contacts_call(http::Method::Post);
    change.target += "?standing=5";  // ESI's changes carry their arguments there
    ask(std::move(change));
    answer_oldest({.status = 201, .lifetime = -1});

    EXPECT_EQ(source_of(contacts_call()), Source::Network);
}

TEST_F(CacheSemantics, AChangeThatFailsOutdatesNothing) {
    ask(contacts_call());
    answer_oldest({.lifetime = 300});

    ask(contacts_call(http::Method::Post));
    answer_oldest({.status = 400, .lifetime = -1});

    EXPECT_EQ(source_of(contacts_call()), Source::Fresh);
}

// RFC 9111 §4.4: Location, but never of another origin.
TEST_F(CacheSemantics, AChangeOutdatesWhatItsLocationNames) {
    ask(system_call(7));
    answer_oldest({.lifetime = 300});
    for (const auto& [location, source] :
         {std::pair{std::string{"https://elsewhere.invalid/universe/systems/7"},
                    Source::Fresh},
          std::pair{std::string{"/universe/systems/7"}, Source::Network}}) {
        ask(post_call());
        answer_oldest(
            {.lifetime = -1, .extra_name = "Location", .extra_value = location});
        EXPECT_EQ(source_of(system_call(7)), source) << location;
    }
}

// RFC 9111 §4.1.
TEST_F(CacheSemantics, WhatVariesByAFieldThatNoKeyHoldsIsForThoseWhoSendItAlike) {
    ask(system_call());
    answer_oldest({.lifetime = 300, .extra_name = "Vary", .extra_value = "User-Agent"});

    EXPECT_EQ(source_of(system_call()), Source::Fresh);
    EXPECT_EQ(source_of(system_call_as("test/1.0")), Source::Fresh);
    const auto other = ask(system_call_as("other/1.0"));
    ASSERT_EQ(under_way(), 1U);
    EXPECT_FALSE(oldest().headers.find("If-None-Match")) << "not its own to validate";
    answer_oldest({.body = "other"});
    EXPECT_EQ(answer_to(other).source, Source::Network);
}

TEST_F(CacheSemantics, WhoWaitsWithAnotherForWhatIsNotHisOwnAsksForHisOwn) {
    const auto first = ask(system_call_as("one/1.0"));
    const auto alike = ask(system_call_as("one/1.0"));
    const auto other = ask(system_call_as("other/1.0"));
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({.body = "one", .extra_name = "Vary", .extra_value = "User-Agent"});
    EXPECT_EQ(answer_to(first).entry->response.body.bytes.view(), "one");
    EXPECT_EQ(answer_to(alike).entry->response.body.bytes.view(), "one");
    EXPECT_FALSE(has_ended(other));
    ASSERT_EQ(under_way(), 1U);
    answer_oldest({.body = "other", .extra_name = "Vary", .extra_value = "User-Agent"});
    EXPECT_EQ(answer_to(other).entry->response.body.bytes.view(), "other");
}

TEST_F(CacheSemantics, ARefusalThatVariesIsKeptForThoseWhoSendAlike) {
    ask(system_call());
    answer_oldest({.status = 404,
                   .lifetime = -1,
                   .extra_name = "Vary",
                   .extra_value = "User-Agent"});
    EXPECT_EQ(source_of(system_call()), Source::Fresh);
    EXPECT_EQ(source_of(system_call_as("other/1.0")), Source::Network);
}

TEST_F(CacheSemantics, ALongerLifetimeOfTheUsersOwnHolds) {
    ask(system_call_for(600s));
    answer_oldest({.lifetime = 300});
    turn_clock(301s);
    EXPECT_EQ(source_of(system_call_for(600s)), Source::Fresh);
    turn_clock(300s);
    EXPECT_NE(source_of(system_call_for(600s)), Source::Fresh);
}

TEST_F(CacheSemantics, AShorterLifetimeOfTheUsersOwnAsksEsiNoEarlier) {
    ask(system_call_for(10s));
    answer_oldest({.lifetime = 300});
    turn_clock(299s);
    EXPECT_EQ(source_of(system_call_for(10s)), Source::Fresh);
}

TEST_F(CacheSemantics, ALongerLifetimeIsNotForRefusals) {
    const auto first = ask(system_call_for(600s));
    answer_oldest({.status = 404, .lifetime = -1});
    EXPECT_EQ(answer_to(first).status(), 404);
    turn_clock(61s);
    EXPECT_EQ(source_of(system_call_for(600s)), Source::Network);
}

// RFC 9111 §5.2.2.4.
TEST_F(CacheSemantics, WhatNoCacheNamesIsHandedOverOnce) {
    const auto first = ask(system_call());
    answer_oldest({.lifetime = 300,
                   .extra_name = "Cache-Control",
                   .extra_value = "no-cache=\"ETag\""});
    EXPECT_EQ(field_of(first, "ETag"), "\"tag\"");

    const auto second = ask(system_call());
    EXPECT_EQ(answer_to(second).source, Source::Fresh);
    EXPECT_EQ(field_of(second, "ETag"), std::nullopt);
}

// RFC 9111 §4.3.5.
TEST_F(CacheSemantics, AHeadThatFindsTheSameRefreshesTheStoredGet) {
    ask(system_call());
    answer_oldest({.body = "first", .lifetime = 300});
    turn_clock(301s);

    ask(head_call());
    answer_oldest({.body = "", .lifetime = 300});

    const auto tag = ask(system_call());
    EXPECT_EQ(answer_to(tag).source, Source::Fresh);
    EXPECT_EQ(answer_to(tag).entry->response.body.bytes.view(), "first");
}

TEST_F(CacheSemantics, AHeadThatFindsAnotherOutdatesTheStoredGet) {
    ask(system_call());
    answer_oldest({.lifetime = 600});
    ask(contacts_call());  // what is not asked about stays
    answer_oldest({.lifetime = 600});
    turn_clock(1s);

    auto head = head_call();
    auto options = std::make_shared<Options>();
    options->cache_mode = CacheMode::Reload;
    head.options = std::move(options);
    ask(std::move(head));
    answer_oldest({.body = "", .etag = "\"new\"", .lifetime = 600});

    ask(system_call());
    ASSERT_EQ(under_way(), 1U);
    EXPECT_EQ(oldest().headers.find("If-None-Match"), "\"tag\"");
    answer_oldest({.body = "second", .etag = "\"new\""});
    EXPECT_EQ(source_of(contacts_call()), Source::Fresh);
}

// RFC 9110 §9.3.1.
TEST_F(CacheSemantics, AFreshGetAnswersAHeadWithoutItsBody) {
    ask(system_call());
    answer_oldest({.body = "first", .lifetime = 300});

    const auto tag = ask(head_call());

    EXPECT_EQ(answer_to(tag).source, Source::Fresh);
    EXPECT_EQ(field_of(tag, "ETag"), "\"tag\"");
    EXPECT_TRUE(answer_to(tag).entry->response.body.bytes.empty());
    EXPECT_EQ(transport_->started_count(), 1U);
}

}  // namespace
}  // namespace pyesi::engine

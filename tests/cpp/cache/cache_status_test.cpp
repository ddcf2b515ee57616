#include "cache/cache_status.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::cache {
namespace {

using namespace examples;

EntryPtr five_minutes() {
    return entry({{"cache-control", "max-age=300"}, {"etag", "\"a\""}});
}

std::string told(const Passage& passage) {
    return to_text(describe(passage));
}

// RFC 9211 §2.1 and §2.4.
TEST(CacheStatus, AHitTellsHowLongItIsFresh) {
    const auto stored = five_minutes();
    EXPECT_EQ(told({.looked_up_at = kStart + 10s,
                    .answered_at = kStart + 10s,
                    .found = stored.get(),
                    .answer = stored.get()}),
              "pyesi; hit; ttl=290");
}

// RFC 9211 §2.4: "May be negative, to indicate staleness."
TEST(CacheStatus, AStaleHitTellsSinceWhen) {
    const auto stored = five_minutes();
    EXPECT_EQ(told({.looked_up_at = kStart + 310s,
                    .answered_at = kStart + 310s + 1ms,
                    .found = stored.get(),
                    .answer = stored.get()}),
              "pyesi; hit; ttl=-11");
}

// RFC 9211 §2.2, §2.3 and §2.5.
TEST(CacheStatus, AMissTellsWhatCameAndWhetherItWasKept) {
    const auto came = five_minutes();
    EXPECT_EQ(told({.answered_at = kStart,
                    .sent = true,
                    .status = 200,
                    .answer = came.get(),
                    .stored = true}),
              "pyesi; fwd=uri-miss; fwd-status=200; ttl=300; stored");
}

TEST(CacheStatus, ARevalidationIsForwardedAsStale) {
    const auto stored = five_minutes();
    const auto merged = make_entry(answer(stored->response.headers), arrival(10min));
    EXPECT_EQ(told({.looked_up_at = kStart + 10min,
                    .answered_at = kStart + 10min,
                    .found = stored.get(),
                    .sent = true,
                    .status = 304,
                    .answer = merged.get(),
                    .stored = true}),
              "pyesi; fwd=stale; fwd-status=304; ttl=300; stored");
}

TEST(CacheStatus, AStandInForAFailureIsForwardedAndStale) {
    const auto stored = five_minutes();
    const Passage passage{.looked_up_at = kStart + 310s,
                          .answered_at = kStart + 320s,
                          .found = stored.get(),
                          .sent = true,
                          .status = 503,
                          .answer = stored.get()};
    EXPECT_EQ(told(passage), "pyesi; fwd=stale; fwd-status=503; ttl=-20");
    auto silent = passage;
    silent.status.reset();
    EXPECT_EQ(told(silent), "pyesi; fwd=stale; ttl=-20");
}

// RFC 9211 §2.2, each reason in its order.
TEST(CacheStatus, TellsWhyItWasForwarded) {
    const auto stored = five_minutes();
    Passage passage{.looked_up_at = kStart, .found = stored.get(), .sent = true};
    EXPECT_EQ(told(passage), "pyesi; fwd=request");
    passage.matches_found = false;
    EXPECT_EQ(told(passage), "pyesi; fwd=vary-miss");
    passage.found = nullptr;
    EXPECT_EQ(told(passage), "pyesi; fwd=uri-miss");
    passage.method = http::Method::Post;
    EXPECT_EQ(told(passage), "pyesi; fwd=method");
    passage.bypassed = true;
    EXPECT_EQ(told(passage), "pyesi; fwd=bypass");
}

// RFC 9211 §2.6.
TEST(CacheStatus, WhoSharesARequestIsCollapsed) {
    EXPECT_EQ(told({.sent = true, .collapsed = true, .status = 404}),
              "pyesi; fwd=uri-miss; fwd-status=404; collapsed");
}

TEST(CacheStatus, WhatIsNeitherAnsweredNorSentTellsNothing) {
    EXPECT_EQ(told({}), "pyesi");
}

TEST(CacheStatus, AValueThatNeverEndsHasNoTtl) {
    auto never = std::make_shared<Entry>(*five_minutes());
    never->times.fresh_until = base::TimePoint::max();
    EXPECT_EQ(told({.answer = never.get()}), "pyesi; hit");
}

TEST(CacheStatus, HasAWordForEachReason) {
    const auto* const words =
        "bypass method uri-miss vary-miss miss request stale partial ";
    std::string all;
    for (int reason = 0; reason <= static_cast<int>(ForwardReason::Partial); ++reason) {
        CacheStatus status;
        status.forwarded = static_cast<ForwardReason>(reason);
        all += to_text(status, "c").substr(std::string{"c; fwd="}.size()) + " ";
    }
    EXPECT_EQ(all, words);
}

// RFC 8941 §3.3.3 and §3.3.4.
TEST(CacheStatus, WhatIsNoTokenIsQuoted) {
    CacheStatus status;
    status.key = R"(GET "a"\b)";
    status.detail = "tier=disk";
    EXPECT_EQ(to_text(status, "my cache"),
              R"("my cache"; key="GET \"a\"\\b"; detail="tier=disk")");
    EXPECT_EQ(to_text({}, "esi.evetech.net:443/x"), "esi.evetech.net:443/x");
    EXPECT_EQ(to_text({}, "9"), "\"9\"");
}

TEST(CacheStatus, WhatCannotBeWrittenIsLeftOut) {
    CacheStatus status;
    status.hit = true;
    status.key = "line\nbreak";
    status.detail = "b\xC3\xBC";
    EXPECT_EQ(to_text(status), "pyesi; hit");
}

}  // namespace
}  // namespace pyesi::cache

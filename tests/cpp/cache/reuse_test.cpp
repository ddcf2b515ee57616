#include "cache/reuse.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <vector>

namespace pyesi::cache {
namespace {

using namespace examples;

Reuse after(const EntryPtr& stored,
            base::Duration later,
            const RequestDirectives& directives = {}) {
    return decide_reuse(*stored, directives, kStart + later);
}

EntryPtr five_minutes(std::string_view more = "") {
    const auto control = "max-age=300" + std::string{more};
    return entry({{"cache-control", control}, {"etag", "\"a\""}});
}

// RFC 9111 §4.2.3.
TEST(CurrentAge, IsTheAgeAtArrivalAndTheTimeSince) {
    const auto stored = entry({{"age", "100"}});
    EXPECT_EQ(current_age(stored->times, kStart), 100s);
    EXPECT_EQ(current_age(stored->times, kStart + 20s), 120s);
}

TEST(CurrentAge, AClockThatIsSetBackMakesNothingYounger) {
    const auto stored = entry({{"age", "100"}});
    EXPECT_EQ(current_age(stored->times, kStart - 50s), 100s);
}

TEST(Reuse, ServesWhileFreshAndRevalidatesFromThatInstantOn) {
    EXPECT_EQ(after(five_minutes(), 0s), Reuse::Serve);
    EXPECT_EQ(after(five_minutes(), 300s - 1ns), Reuse::Serve);
    EXPECT_EQ(after(five_minutes(), 300s), Reuse::Revalidate);
}

// RFC 9111 §5.2.1.4.
TEST(Reuse, ACallerWhoSaysNoCacheGetsAValidatedAnswer) {
    EXPECT_EQ(after(five_minutes(), 0s, {.no_cache = true}), Reuse::Revalidate);
}

// RFC 9111 §5.2.1.1.
TEST(Reuse, ACallersMaxAgeIsABoundOnAge) {
    EXPECT_EQ(after(five_minutes(), 10s, {.max_age = 10s}), Reuse::Serve);
    EXPECT_EQ(after(five_minutes(), 11s, {.max_age = 10s}), Reuse::Revalidate);
}

// RFC 9111 §5.2.1.3.
TEST(Reuse, ACallersMinFreshIsABoundOnWhatRemains) {
    EXPECT_EQ(after(five_minutes(), 200s, {.min_fresh = 100s}), Reuse::Serve);
    EXPECT_EQ(after(five_minutes(), 201s, {.min_fresh = 100s}), Reuse::Revalidate);
}

// RFC 9111 §5.2.1.2.
TEST(Reuse, ACallersMaxStaleAcceptsSoMuch) {
    const RequestDirectives directives{.max_stale = 60s};
    EXPECT_EQ(after(five_minutes(), 360s, directives), Reuse::ServeStale);
    EXPECT_EQ(after(five_minutes(), 361s, directives), Reuse::Revalidate);
    EXPECT_EQ(after(five_minutes(), 10'000h, {.max_stale = base::Duration::max()}),
              Reuse::ServeStale);
}

// RFC 9111 §4.2.4 and §5.2.2.2.
TEST(Reuse, MustRevalidateOverrulesACallersMaxStale) {
    for (const auto* more : {", must-revalidate", ", no-cache"}) {
        EXPECT_EQ(after(five_minutes(more), 301s, {.max_stale = base::Duration::max()}),
                  Reuse::Revalidate);
    }
}

// RFC 5861 §3.
TEST(Reuse, ServesWhileItRevalidatesWhereTheServerAllowsThat) {
    const auto stored = five_minutes(", stale-while-revalidate=60");
    EXPECT_EQ(after(stored, 300s), Reuse::ServeThenRevalidate);
    EXPECT_EQ(after(stored, 360s), Reuse::Revalidate);
    EXPECT_EQ(after(five_minutes(", stale-while-revalidate=60, must-revalidate"), 300s),
              Reuse::Revalidate);
}

// RFC 9111 §5.2.1.7.
TEST(Reuse, OnlyIfCachedNeverAsks) {
    const RequestDirectives directives{.only_if_cached = true};
    EXPECT_EQ(after(five_minutes(), 0s, directives), Reuse::Serve);
    EXPECT_EQ(after(five_minutes(), 300s, directives), Reuse::NotCached);
    EXPECT_EQ(after(five_minutes(", stale-while-revalidate=60"), 300s, directives),
              Reuse::ServeStale);
}

// RFC 5861 §4.
TEST(StaleOnError, LastsAsLongAsTheServerSays) {
    const auto stored = five_minutes(", stale-if-error=900");
    EXPECT_TRUE(may_serve_stale_on_error(*stored, {}, 0s, kStart + 300s));
    EXPECT_TRUE(may_serve_stale_on_error(*stored, {}, 0s, kStart + 1199s));
    EXPECT_FALSE(may_serve_stale_on_error(*stored, {}, 24h, kStart + 1200s));
}

TEST(StaleOnError, LastsAsLongAsIsUsualWhereTheServerIsSilent) {
    const auto stored = five_minutes();
    EXPECT_TRUE(may_serve_stale_on_error(*stored, {}, 1h, kStart + 300s));
    EXPECT_FALSE(may_serve_stale_on_error(*stored, {}, 1h, kStart + 300s + 1h));
    EXPECT_FALSE(may_serve_stale_on_error(*stored, {}, 0s, kStart + 300s));
}

TEST(StaleOnError, IsForbiddenByMustRevalidate) {
    const auto stored = five_minutes(", must-revalidate, stale-if-error=900");
    EXPECT_FALSE(may_serve_stale_on_error(*stored, {}, 1h, kStart + 301s));
    EXPECT_TRUE(may_serve_stale_on_error(*stored, {}, 0s, kStart))
        << "it is not stale yet";
}

// RFC 5861 §4: in a request it is for this request.
TEST(StaleOnError, TheCallersWordStandsForWhatIsUsual) {
    const RequestDirectives directives{.stale_if_error = 60s};
    EXPECT_TRUE(
        may_serve_stale_on_error(*five_minutes(), directives, 0s, kStart + 359s));
    EXPECT_FALSE(
        may_serve_stale_on_error(*five_minutes(), directives, 1h, kStart + 360s));
}

TEST(StaleOnError, TheCallersWordShortensTheServersAndDoesNotLengthenIt) {
    const auto stored = five_minutes(", stale-if-error=900");
    for (const auto& [asked, ends] : {std::pair{60s, 360s}, std::pair{3600s, 1200s}}) {
        const RequestDirectives directives{.stale_if_error = asked};
        EXPECT_TRUE(
            may_serve_stale_on_error(*stored, directives, 1h, kStart + ends - 1s));
        EXPECT_FALSE(may_serve_stale_on_error(*stored, directives, 1h, kStart + ends));
    }
    EXPECT_FALSE(may_serve_stale_on_error(*five_minutes(", must-revalidate"),
                                          {.stale_if_error = 60s},
                                          1h,
                                          kStart + 301s));
}

// RFC 9111 §5.2.1.1, §5.2.1.3 and §5.2.1.4.
TEST(StaleOnError, WhoAsksForSomethingNewerIsToldOfTheFailure) {
    const auto stored = five_minutes();
    for (const auto& directives : {RequestDirectives{.no_cache = true},
                                   RequestDirectives{.max_age = 99s},
                                   RequestDirectives{.min_fresh = 201s}}) {
        EXPECT_FALSE(may_serve_stale_on_error(*stored, directives, 1h, kStart + 100s));
        auto prepared = directives;
        prepared.stale_if_error = 60s;
        EXPECT_TRUE(may_serve_stale_on_error(*stored, prepared, 1h, kStart + 100s));
    }
}

/// One point of the space that decide_reuse is defined on.
struct Case {
    std::string control;
    base::Duration age;
    base::Duration since_arrival;
    RequestDirectives asked;
};

// RFC 9111 §4, §5.2.1 and RFC 5861 §3, written to be read.
Reuse reference(const Case& point, base::Duration lifetime, bool strict) {
    const auto age = point.age + point.since_arrival;
    const auto left = lifetime - age;
    const auto& asked = point.asked;
    const bool wanted_newer = asked.no_cache ||
                              (asked.max_age && age > *asked.max_age) ||
                              (asked.min_fresh && left < *asked.min_fresh);
    const bool tolerated = !strict && asked.max_stale && -left <= *asked.max_stale;
    const bool background =
        !strict && -left < 60s && point.control.find("while") != std::string::npos;
    auto reuse = Reuse::Revalidate;
    if (!wanted_newer) {
        if (background) reuse = Reuse::ServeThenRevalidate;
        if (tolerated) reuse = Reuse::ServeStale;
        if (left > 0s) reuse = Reuse::Serve;
    }
    if (!asked.only_if_cached) return reuse;
    if (reuse == Reuse::Revalidate) return Reuse::NotCached;
    return reuse == Reuse::ServeThenRevalidate ? Reuse::ServeStale : reuse;
}

std::vector<RequestDirectives> all_directives() {
    const std::vector<std::optional<base::Duration>> bounds = {
        std::nullopt, 0s, 50s, 1h};
    std::vector<RequestDirectives> all;
    for (const auto& max_age : bounds) {
        for (const auto& min_fresh : bounds) {
            for (const auto& max_stale : bounds) {
                for (const auto flags : {0U, 1U, 2U, 3U}) {
                    all.push_back({.no_cache = (flags & 1U) != 0,
                                   .only_if_cached = (flags & 2U) != 0,
                                   .max_age = max_age,
                                   .min_fresh = min_fresh,
                                   .max_stale = max_stale});
                }
            }
        }
    }
    return all;
}

TEST(Reuse, AgreesWithTheReferenceOnEveryPointOfAGrid) {
    const std::vector<base::Duration> times = {
        0s, 1s, 49s, 50s, 51s, 99s, 100s, 159s, 160s};
    const std::vector<RequestDirectives> directives = all_directives();
    int points = 0;
    for (const std::string more :
         {"", ", must-revalidate", ", stale-while-revalidate=60"}) {
        for (const auto* age : {"0", "50", "100"}) {
            const auto stored =
                entry({{"cache-control", "max-age=100" + more}, {"age", age}});
            for (const auto later : times) {
                for (const auto& asked : directives) {
                    const Case point{
                        more, stored->times.age_when_received, later, asked};
                    const bool strict = more == ", must-revalidate";
                    ASSERT_EQ(after(stored, later, asked),
                              reference(point, 100s, strict));
                    ++points;
                }
            }
        }
    }
    EXPECT_EQ(points, 3 * 3 * 9 * 256);
}

TEST(Reuse, WaitingNeverMakesAnAnswerFresher) {
    const auto stored = five_minutes(", stale-while-revalidate=60");
    auto before = Reuse::Serve;
    for (base::Duration later{0}; later < 400s; later += 500ms) {
        const auto now = after(stored, later);
        EXPECT_GE(now, before);
        before = now;
    }
    EXPECT_EQ(before, Reuse::Revalidate);
}

}  // namespace
}  // namespace pyesi::cache

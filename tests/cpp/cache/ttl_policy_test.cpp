#include "cache/ttl_policy.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::cache {
namespace {

using namespace examples;

constexpr auto kDate = "Wed, 30 Sep 2026 12:00:00 GMT";
constexpr auto kFiveMinutesLater = "Wed, 30 Sep 2026 12:05:00 GMT";
constexpr auto kFiveMinutesBefore = "Wed, 30 Sep 2026 11:55:00 GMT";

LifetimeFacts facts(std::optional<base::Duration> catalog = std::nullopt,
                    CacheMode mode = CacheMode::Private) {
    return {.received_wall = kNoon, .catalog_lifetime = catalog, .mode = mode};
}

void expect_lifetime(const http::Headers& headers,
                     base::Duration length,
                     LifetimeSource source) {
    const auto lifetime = freshness_lifetime(headers, facts(77s));
    EXPECT_EQ(lifetime.length, length);
    EXPECT_EQ(lifetime.source, source);
}

// RFC 9111 §4.2.1, in its order.
TEST(FreshnessLifetime, MaxAgeGoesBeforeExpires) {
    expect_lifetime(fields({{"cache-control", "public, max-age=600"},
                            {"date", kDate},
                            {"expires", kFiveMinutesLater}}),
                    600s,
                    LifetimeSource::MaxAge);
}

TEST(FreshnessLifetime, ExpiresIsCountedFromDateNotFromTheLocalClock) {
    const auto headers = fields(
        {{"cache-control", "public"}, {"date", kDate}, {"expires", kFiveMinutesLater}});
    for (const auto skew : {-1h, 0h, 1h}) {
        const auto lifetime = freshness_lifetime(
            headers, {.received_wall = kNoon + skew, .catalog_lifetime = std::nullopt});
        EXPECT_EQ(lifetime.length, 5min);
    }
}

TEST(FreshnessLifetime, TheCatalogSpeaksWhereTheServerIsSilent) {
    expect_lifetime(fields({{"cache-control", "public"}, {"date", kDate}}),
                    77s,
                    LifetimeSource::Catalog);
}

TEST(FreshnessLifetime, WithoutAnyWordItIsZero) {
    const auto lifetime = freshness_lifetime(fields({{"date", kDate}}), facts());
    EXPECT_EQ(lifetime.length, 0s);
    EXPECT_EQ(lifetime.source, LifetimeSource::None);
}

TEST(FreshnessLifetime, AnUnreadableMaxAgeIsAbsentNotZero) {
    for (const auto* value : {"max-age=abc", "max-age", "max-age=-5", "max-age="}) {
        expect_lifetime(fields({{"cache-control", value},
                                {"date", kDate},
                                {"expires", kFiveMinutesLater}}),
                        5min,
                        LifetimeSource::Expires);
    }
}

TEST(FreshnessLifetime, AMaxAgeOfZeroIsZero) {
    expect_lifetime(fields({{"cache-control", "max-age=0"},
                            {"date", kDate},
                            {"expires", kFiveMinutesLater}}),
                    0s,
                    LifetimeSource::MaxAge);
}

TEST(FreshnessLifetime, AnExpiresBeforeDateIsZeroNotNegative) {
    expect_lifetime(fields({{"date", kDate}, {"expires", kFiveMinutesBefore}}),
                    0s,
                    LifetimeSource::Expires);
}

// RFC 9111 §5.3: "especially including the value 0, as representing a time in the
// past".
TEST(FreshnessLifetime, AnExpiresThatIsNoDateIsPast) {
    for (const auto* value : {"0", "-1", "", "soon", "2026-09-30T12:05:00Z"}) {
        expect_lifetime(
            fields({{"date", kDate}, {"expires", value}}), 0s, LifetimeSource::Expires);
    }
}

// RFC 9110 §6.6.1.
TEST(FreshnessLifetime, WithoutADateTheArrivalStandsForIt) {
    expect_lifetime(
        fields({{"expires", kFiveMinutesLater}}), 5min, LifetimeSource::Expires);
    expect_lifetime(fields({{"date", "yesterday"}, {"expires", kFiveMinutesLater}}),
                    5min,
                    LifetimeSource::Expires);
}

// RFC 9111 §4.2.1: of conflicting values the first.
TEST(FreshnessLifetime, OfTwoExpiresTheFirstCounts) {
    expect_lifetime(fields({{"date", kDate},
                            {"expires", kFiveMinutesLater},
                            {"expires", "Wed, 30 Sep 2026 13:00:00 GMT"}}),
                    5min,
                    LifetimeSource::Expires);
}

// RFC 9111 §5.2.2.4.
TEST(FreshnessLifetime, NoCacheMakesItZeroWhateverElseIsSaid) {
    expect_lifetime(fields({{"cache-control", "no-cache, max-age=600"},
                            {"date", kDate},
                            {"expires", kFiveMinutesLater}}),
                    0s,
                    LifetimeSource::None);
}

// RFC 9111 §5.2.2.4: with fields it is about these alone.
TEST(FreshnessLifetime, NoCacheOfSomeFieldsLeavesTheRestItsLifetime) {
    expect_lifetime(fields({{"cache-control", "no-cache=\"Set-Cookie\", max-age=600"}}),
                    600s,
                    LifetimeSource::MaxAge);
    expect_lifetime(
        fields({{"cache-control", "no-cache=\"Set-Cookie\", no-cache, max-age=600"}}),
        0s,
        LifetimeSource::None);
}

// RFC 9111 §4.2.1: of directives that conflict the first, and none is made up of two.
TEST(FreshnessLifetime, OfTwoMaxAgesTheFirstThatCanBeReadCounts) {
    expect_lifetime(
        fields({{"cache-control", "max-age=60"}, {"cache-control", "max-age=600"}}),
        60s,
        LifetimeSource::MaxAge);
    expect_lifetime(
        fields({{"cache-control", "max-age=abc"}, {"cache-control", "max-age=600"}}),
        600s,
        LifetimeSource::MaxAge);
}

TEST(FreshnessLifetime, TheUsersOwnLengthensAndNeverShortens) {
    auto wanted = facts(77s);
    wanted.override_lifetime = 300s;
    const auto longer = freshness_lifetime(fields({}), wanted);
    EXPECT_EQ(longer.length, 300s);
    EXPECT_EQ(longer.source, LifetimeSource::Override);
    const auto told =
        freshness_lifetime(fields({{"cache-control", "max-age=301"}}), wanted);
    EXPECT_EQ(told.length, 301s);
    EXPECT_EQ(told.source, LifetimeSource::MaxAge);
    EXPECT_EQ(
        freshness_lifetime(fields({{"cache-control", "max-age=0"}}), wanted).length,
        300s);
}

TEST(FreshnessLifetime, TheDynamicOneIsForWhatNobodyDates) {
    auto undated = facts();
    undated.dynamic_lifetime = 60s;
    const auto lifetime = freshness_lifetime(fields({{"date", kDate}}), undated);
    EXPECT_EQ(lifetime.length, 60s);
    EXPECT_EQ(lifetime.source, LifetimeSource::Dynamic);
    EXPECT_EQ(
        freshness_lifetime(fields({{"cache-control", "max-age=9"}}), undated).length,
        9s);
    undated.catalog_lifetime = 5s;
    EXPECT_EQ(freshness_lifetime(fields({}), undated).length, 5s);
}

// RFC 9111 §5.2.2.4: "MUST NOT be used … without forwarding it for validation".
TEST(FreshnessLifetime, TheUsersOwnDoesNotLiftNoCache) {
    auto wanted = facts();
    wanted.override_lifetime = 300s;
    EXPECT_EQ(
        freshness_lifetime(fields({{"cache-control", "no-cache"}}), wanted).length, 0s);
}

// RFC 9111 §5.2.2.10.
TEST(FreshnessLifetime, SMaxageIsForSharedCachesAlone) {
    const auto headers = fields({{"cache-control", "max-age=60, s-maxage=600"}});
    EXPECT_EQ(freshness_lifetime(headers, facts()).length, 60s);
    EXPECT_EQ(freshness_lifetime(headers, facts({}, CacheMode::Shared)).length, 600s);
}

TEST(FreshnessLifetime, NoLengthOverflows) {
    for (const auto* value : {"max-age=99999999999999999999", "max-age=4294967296"}) {
        expect_lifetime(fields({{"cache-control", value}}),
                        kLongestLifetime,
                        LifetimeSource::MaxAge);
    }
    expect_lifetime(fields({{"date", "Thu, 01 Jan 1970 00:00:00 GMT"},
                            {"expires", "Tue, 31 Dec 2199 23:59:59 GMT"}}),
                    kLongestLifetime,
                    LifetimeSource::Expires);
}

// RFC 9111 §4.2.3 knows an apparent age; decision 0003 leaves it out.
TEST(AgeWhenReceived, ADateThatIsLongPastMakesNothingOlder) {
    EXPECT_EQ(age_when_received(fields({{"date", "Wed, 30 Sep 2026 11:00:00 GMT"}})),
              0s);
}

// RFC 9110 §5.3: it is no list; the first counts.
TEST(AgeWhenReceived, OfTwoTheFirstCounts) {
    EXPECT_EQ(age_when_received(fields({{"age", "7"}, {"age", "9"}})), 7s);
}

// RFC 9111 §5.1 and §1.2.2.
TEST(AgeWhenReceived, IsTheAgeFieldOrZero) {
    EXPECT_EQ(age_when_received(fields({})), 0s);
    EXPECT_EQ(age_when_received(fields({{"age", "90"}})), 90s);
    EXPECT_EQ(age_when_received(fields({{"age", "0"}})), 0s);
    EXPECT_EQ(age_when_received(fields({{"age", " 90\t"}})), 90s);
    for (const auto* value : {"", "-3", "x", "3x", "1.5", "+3"}) {
        EXPECT_EQ(age_when_received(fields({{"age", value}})), 0s) << value;
    }
    EXPECT_EQ(age_when_received(fields({{"age", "99999999999999999999"}})),
              kLongestLifetime);
}

StoreQuestion asked(http::Method method = http::Method::Get, int status = 200) {
    return {.method = method, .status = status, .lifetime_facts = facts()};
}

Storability storable_with(std::string_view cache_control,
                          CacheMode mode = CacheMode::Private,
                          bool has_identity = false) {
    StoreQuestion question = asked();
    question.has_identity = has_identity;
    question.lifetime_facts.mode = mode;
    return decide_storable(
        question, fields({{"cache-control", cache_control}, {"etag", "\"a\""}}));
}

// RFC 9110 §9.2.3 and the house's own rule: what changes something is never kept.
TEST(Storable, OnlyReadsAre) {
    const auto headers = fields({{"cache-control", "max-age=60"}});
    EXPECT_EQ(decide_storable(asked(), headers), Storability::Storable);
    EXPECT_EQ(decide_storable(asked(http::Method::Head), headers),
              Storability::Storable);
    for (const auto method :
         {http::Method::Post, http::Method::Put, http::Method::Delete}) {
        EXPECT_EQ(decide_storable(asked(method), headers), Storability::MethodForbids);
    }
}

TEST(Storable, APostIsOnlyWhereTheCatalogCallsItARead) {
    const auto headers = fields({{"cache-control", "max-age=60"}});
    auto question = asked(http::Method::Post);
    question.catalog_read = true;
    EXPECT_EQ(decide_storable(question, headers), Storability::Storable);
    question.method = http::Method::Put;
    EXPECT_EQ(decide_storable(question, headers), Storability::MethodForbids);
}

TEST(Storable, OnlyWholeSuccessesAre) {
    const auto headers = fields({{"cache-control", "max-age=60"}});
    for (int status = 100; status < 600; ++status) {
        const bool whole = status == 200 || status == 203 || status == 204;
        EXPECT_EQ(decide_storable(asked(http::Method::Get, status), headers),
                  whole ? Storability::Storable : Storability::StatusForbids)
            << status;
    }
}

// RFC 9111 §5.2.2.5 and §5.2.1.5.
TEST(Storable, NoStoreOfEitherSideForbids) {
    EXPECT_EQ(storable_with("no-store"), Storability::NoStore);
    EXPECT_EQ(storable_with("max-age=60, no-store"), Storability::NoStore);
    auto question = asked();
    question.caller_no_store = true;
    EXPECT_EQ(decide_storable(question, fields({{"etag", "\"a\""}})),
              Storability::NoStore);
}

// RFC 9111 §5.2.2.3.
TEST(Storable, MustUnderstandLiftsNoStoreForAStatusThatIsUnderstood) {
    EXPECT_EQ(storable_with("no-store, must-understand"), Storability::Storable);
    auto question = asked(http::Method::Get, 206);
    EXPECT_EQ(decide_storable(question,
                              fields({{"cache-control", "no-store, must-understand"}})),
              Storability::StatusForbids);
    question.status = 200;
    question.caller_no_store = true;
    EXPECT_EQ(decide_storable(question,
                              fields({{"cache-control", "no-store, must-understand"}})),
              Storability::NoStore)
        << "it is about the server's no-store";
}

// RFC 9111 §5.2.2.7.
TEST(Storable, PrivateIsForAClientOrForOneIdentity) {
    EXPECT_EQ(storable_with("private"), Storability::Storable);
    EXPECT_EQ(storable_with("private", CacheMode::Shared), Storability::PrivateForbids);
    EXPECT_EQ(storable_with("private", CacheMode::Shared, true), Storability::Storable);
}

// RFC 9111 §5.2.2.7: with fields it is about these alone.
TEST(Storable, PrivateOfSomeFieldsKeepsOnlyTheseOutOfASharedCache) {
    EXPECT_EQ(storable_with("private=\"X-Who\", max-age=60", CacheMode::Shared),
              Storability::Storable);
    EXPECT_EQ(storable_with("private=\"X-Who\", private", CacheMode::Shared),
              Storability::PrivateForbids);
}

Storability authorized_with(std::string_view cache_control,
                            CacheMode mode = CacheMode::Shared,
                            bool has_identity = false) {
    auto question = asked();
    question.has_authorization = true;
    question.has_identity = has_identity;
    question.lifetime_facts.mode = mode;
    return decide_storable(
        question, fields({{"cache-control", cache_control}, {"etag", "\"a\""}}));
}

// RFC 9111 §3.5.
TEST(Storable, ASharedCacheKeepsAnAuthorizedAnswerOnlyWhereItMay) {
    EXPECT_EQ(authorized_with("max-age=60"), Storability::AuthorizationForbids);
    for (const auto* may : {"public", "must-revalidate", "s-maxage=9"}) {
        EXPECT_EQ(authorized_with(may), Storability::Storable) << may;
    }
}

TEST(Storable, AnAuthorizedAnswerIsForAClientOrForOneIdentity) {
    EXPECT_EQ(authorized_with("max-age=60", CacheMode::Private), Storability::Storable);
    EXPECT_EQ(authorized_with("max-age=60", CacheMode::Shared, true),
              Storability::Storable);
}

TEST(Storable, NoCacheMayBeStoredSinceItIsValidatedEachTime) {
    EXPECT_EQ(storable_with("no-cache"), Storability::Storable);
}

// RFC 9110 §12.5.5.
TEST(Storable, AnAnswerThatVariesByAnythingIsNot) {
    for (const auto* vary : {"*", "Accept-Encoding, *"}) {
        EXPECT_EQ(decide_storable(asked(), fields({{"etag", "\"a\""}, {"vary", vary}})),
                  Storability::VariesByAnything);
    }
    EXPECT_EQ(decide_storable(asked(),
                              fields({{"etag", "\"a\""}, {"vary", "Accept-Encoding"}})),
              Storability::Storable);
}

TEST(Storable, NothingIsKeptThatNobodyCouldUse) {
    EXPECT_EQ(decide_storable(asked(), fields({{"date", kDate}})),
              Storability::NothingToReuse);
    for (const auto& [name, value] : {std::pair{"etag", "\"a\""},
                                      std::pair{"last-modified", kDate},
                                      std::pair{"cache-control", "stale-if-error=9"},
                                      std::pair{"cache-control", "max-age=1"}}) {
        EXPECT_EQ(decide_storable(asked(), fields({{name, value}})),
                  Storability::Storable)
            << name;
    }
    auto question = asked();
    question.lifetime_facts.catalog_lifetime = 60s;
    EXPECT_EQ(decide_storable(question, {}), Storability::Storable);
}

}  // namespace
}  // namespace pyesi::cache

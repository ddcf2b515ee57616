#include "cache/stored_fields.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

bool keeps(const EntryPtr& stored, std::string_view name) {
    return stored->response.headers.find(name).has_value();
}

// RFC 9111 §3.1 with RFC 9110 §7.6.1.
TEST(StoredFields, WhatBelongedToTheConnectionIsNotKept) {
    const auto stored = entry({{"Connection", "keep-alive, X-Hop"},
                               {"Keep-Alive", "timeout=5"},
                               {"Transfer-Encoding", "chunked"},
                               {"Proxy-Authenticate", "Basic"},
                               {"x-hop", "1"},
                               {"etag", "\"a\""},
                               {"Date", "Wed, 30 Sep 2026 12:00:00 GMT"}});
    for (const auto* name : {"connection",
                             "keep-alive",
                             "transfer-encoding",
                             "proxy-authenticate",
                             "x-hop"}) {
        EXPECT_FALSE(keeps(stored, name)) << name;
    }
    EXPECT_TRUE(keeps(stored, "etag"));
    EXPECT_TRUE(keeps(stored, "date"));
    EXPECT_EQ(stored->response.headers.size(), 2U);
}

// RFC 9111 §3.1: "caches … MUST include all received response header fields".
TEST(StoredFields, AllOthersAreKeptKnownOrNot) {
    const auto headers = fields({{"x-unheard-of", "1"},
                                 {"set-cookie", "a=1"},
                                 {"set-cookie", "b=2"},
                                 {"content-type", "a/b"}});
    EXPECT_EQ(make_entry(answer(headers), arrival())->response.headers, headers);
}

// RFC 9111 §5.2.2.4: the fields that no-cache names are not used unvalidated.
TEST(StoredFields, WhatNoCacheNamesIsNotKept) {
    const auto came =
        entry({{"cache-control", "no-cache=\"Set-Cookie, X-A\", max-age=60"},
               {"set-cookie", "a=1"},
               {"x-a", "1"},
               {"x-b", "1"}});
    EXPECT_TRUE(keeps(came, "set-cookie")) << "whoever asked is given all of it";
    const auto stored = as_stored(came, CacheMode::Private);
    EXPECT_FALSE(keeps(stored, "set-cookie"));
    EXPECT_FALSE(keeps(stored, "x-a"));
    EXPECT_TRUE(keeps(stored, "x-b"));
    EXPECT_TRUE(stored->is_fresh(kStart + 59s));
}

// RFC 9111 §5.2.2.7: what private names is for one user.
TEST(StoredFields, WhatPrivateNamesIsNotKeptInASharedCache) {
    const auto came =
        entry({{"cache-control", "private=\"X-Who\", max-age=60"}, {"x-who", "me"}});
    EXPECT_EQ(as_stored(came, CacheMode::Private), came);
    EXPECT_FALSE(keeps(as_stored(came, CacheMode::Shared), "x-who"));
}

TEST(StoredFields, AValidatorThatIsNotKeptValidatesNothing) {
    const auto stored =
        as_stored(entry({{"cache-control", "no-cache=\"etag, x-pages\""},
                         {"etag", "\"a\""},
                         {"x-pages", "3"}}),
                  CacheMode::Private);
    EXPECT_FALSE(stored->etag);
    EXPECT_FALSE(stored->x_pages);
}

TEST(StoredFields, NothingIsCopiedWhereNothingIsNamed) {
    const auto came = entry({{"cache-control", "no-cache"}, {"etag", "\"a\""}});
    EXPECT_EQ(as_stored(came, CacheMode::Shared), came);
}

}  // namespace
}  // namespace pyesi::cache

#include "cache/request_directives.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

namespace pyesi::cache {
namespace {

using namespace examples;

RequestDirectives read(std::string_view value) {
    return read_request_directives(fields({{"Cache-Control", value}}));
}

TEST(RequestDirectives, AreNoneWithoutTheField) {
    EXPECT_EQ(read_request_directives(fields({{"accept", "*/*"}})),
              RequestDirectives{});
    EXPECT_EQ(read(""), RequestDirectives{});
}

// RFC 9111 §5.2.1.1 to §5.2.1.7, RFC 5861 §4.
TEST(RequestDirectives, AllAreRead) {
    EXPECT_EQ(read("no-cache, no-store, no-transform, only-if-cached, max-age=1, "
                   "min-fresh=2, max-stale=3, stale-if-error=4"),
              (RequestDirectives{.no_cache = true,
                                 .no_store = true,
                                 .only_if_cached = true,
                                 .max_age = 1s,
                                 .min_fresh = 2s,
                                 .max_stale = 3s,
                                 .stale_if_error = 4s}));
}

// RFC 9111 §5.2.1.2: "If no value is assigned to max-stale, then the client will
// accept a stale response of any age."
TEST(RequestDirectives, AMaxStaleWithoutAValueIsAny) {
    EXPECT_EQ(read("max-stale").max_stale, base::Duration::max());
    EXPECT_EQ(read("MAX-STALE").max_stale, base::Duration::max());
    EXPECT_EQ(read("max-stale=0").max_stale, 0s);
}

TEST(RequestDirectives, ALengthThatCannotBeReadIsNotAskedFor) {
    for (const auto* value : {"max-age=abc", "max-age=-1", "max-age", "max-age=1.5"}) {
        EXPECT_EQ(read(value), RequestDirectives{}) << value;
    }
    EXPECT_EQ(read("max-stale=abc"), RequestDirectives{}) << "not any";
    EXPECT_EQ(read("max-stale="), RequestDirectives{}) << "not any";
}

// RFC 9111 §4.2.1: of values that conflict, the first.
TEST(RequestDirectives, OfALengthThatComesTwiceTheFirstCounts) {
    EXPECT_EQ(read("max-age=1, max-age=2").max_age, 1s);
    EXPECT_EQ(read("max-stale=1, max-stale").max_stale, 1s);
    EXPECT_EQ(read("max-stale, max-stale=1").max_stale, base::Duration::max());
    EXPECT_EQ(read_request_directives(fields({{"cache-control", "max-age=1"},
                                              {"Cache-Control", "max-age=2"}}))
                  .max_age,
              1s);
}

// RFC 9111 §5.2: names have no case; what is unknown is passed over (§5.2.3).
TEST(RequestDirectives, NamesHaveNoCaseAndUnknownOnesSayNothing) {
    EXPECT_EQ(read("No-Cache, colour=\"no-store\"").no_cache, true);
    EXPECT_EQ(read("No-Cache, colour=\"no-store\"").no_store, false);
}

// RFC 9111 §5.4.
TEST(RequestDirectives, PragmaSaysNothing) {
    EXPECT_EQ(read_request_directives(fields({{"pragma", "no-cache"}})),
              RequestDirectives{});
}

TEST(RequestDirectives, TheLongestLengthsStillFit) {
    EXPECT_EQ(read("max-age=99999999999999999999").max_age, 2'147'483'648s);
}

}  // namespace
}  // namespace pyesi::cache

#include "engine/selection.h"

#include "cache/cache_key.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::engine {
namespace {

std::string key(std::string_view target, std::string_view identity = {}) {
    const auto variant = cache::variant_text({.origin = "https://esi.evetech.net",
                                              .compatibility_date = "2026-08-18",
                                              .tenant = "tranquility",
                                              .language = "en",
                                              .identity = identity});
    std::string text;
    cache::append_key(text, {.variant = variant, .target = target});
    return text;
}

TEST(Selection, OfNothingIsEveryAnswer) {
    EXPECT_TRUE(Selection{}.matches(key("/status")));
}

TEST(Selection, IsNeverAnApplicationsValue) {
    std::string text;
    cache::append_value_key(text, "/status");
    EXPECT_FALSE(Selection{}.matches(text));
    EXPECT_FALSE(Selection{}.matches(""));
}

TEST(Selection, ByGlobLooksAtPathAndQuery) {
    Selection selection;
    selection.glob = "/status*";
    EXPECT_TRUE(selection.matches(key("/status")));
    EXPECT_TRUE(selection.matches(key("/status?datasource=x")));
    EXPECT_FALSE(selection.matches(key("/universe/status")));
}

TEST(Selection, ByIdentityIsNobodyElse) {
    Selection selection;
    selection.identity = "alice";
    EXPECT_TRUE(selection.matches(key("/status", "alice")));
    EXPECT_TRUE(
        selection.matches(key("/status", std::string_view{"alice\0x-own\0value", 17})));
    EXPECT_FALSE(selection.matches(key("/status", "alice2")));
    EXPECT_FALSE(selection.matches(key("/status")));
}

TEST(Selection, IsWhatAllItsPartsMean) {
    Selection selection;
    selection.identity = "alice";
    selection.glob = "/a";
    EXPECT_TRUE(selection.matches(key("/a", "alice")));
    EXPECT_FALSE(selection.matches(key("/b", "alice")));
    EXPECT_FALSE(selection.matches(key("/a", "bob")));
}

}  // namespace
}  // namespace pyesi::engine

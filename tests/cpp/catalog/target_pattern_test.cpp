#include "catalog/target_pattern.h"

#include "table_fixture.h"

#include <gtest/gtest.h>

#include <vector>

namespace pyesi::catalog {
namespace {

const Route& orders() {
    static const auto table = RouteTable::parse(shipped_text());
    return *table.value().find(http::Method::Get, "/markets/{region_id}/orders");
}

TargetPattern pattern(std::vector<Argument> arguments) {
    TargetPattern made;
    const auto failure = bind_pattern(orders(), arguments, made);
    EXPECT_FALSE(failure);
    return made;
}

TEST(TargetPattern, WithoutValuesMatchesEachTargetOfItsRoute) {
    const auto any = pattern({});
    EXPECT_TRUE(any.matches("/markets/10000002/orders?order_type=all&page=1"));
    EXPECT_TRUE(any.matches("/markets/10000043/orders?order_type=buy&page=3"));
    EXPECT_FALSE(any.matches("/markets/10000002/history?type_id=34"));
    EXPECT_FALSE(any.matches("/markets/10000002/orders/more"));
    EXPECT_FALSE(any.matches("/markets//orders"));
    EXPECT_FALSE(any.matches(""));
}

TEST(TargetPattern, MatchesTheValuesThatAreGivenAndAnyOthers) {
    const auto forge = pattern({{"region_id", std::int64_t{10000002}}});
    EXPECT_TRUE(forge.matches("/markets/10000002/orders?order_type=all&page=7"));
    EXPECT_FALSE(forge.matches("/markets/100000020/orders?order_type=all&page=7"));

    const auto page =
        pattern({{"page", std::int64_t{7}}, {"order_type", std::string_view{"all"}}});
    EXPECT_TRUE(page.matches("/markets/10000002/orders?order_type=all&page=7"));
    EXPECT_FALSE(page.matches("/markets/10000002/orders?order_type=all&page=77"));
    EXPECT_FALSE(page.matches("/markets/10000002/orders?order_type=all"));
}

TEST(TargetPattern, RefusesWhatTheRouteRefuses) {
    TargetPattern made;
    const std::vector<Argument> unknown{{"regoin_id", std::int64_t{1}}};
    const std::vector<Argument> misfit{{"order_type", std::string_view{"none"}}};
    EXPECT_TRUE(bind_pattern(orders(), unknown, made));
    EXPECT_TRUE(bind_pattern(orders(), misfit, made));
}

TEST(TargetPattern, IsWhatABoundTargetMatches) {
    const std::vector<Argument> arguments{{"region_id", std::int64_t{10000002}},
                                          {"order_type", std::string_view{"sell"}},
                                          {"page", std::int64_t{2}}};
    std::string target;
    ASSERT_FALSE(bind_target(orders(), arguments, target));
    EXPECT_TRUE(pattern(arguments).matches(target));
}

TEST(Glob, AStarStandsForAnyRun) {
    EXPECT_TRUE(matches_glob("/a/b?c=1", "*"));
    EXPECT_TRUE(matches_glob("/a/b?c=1", "/a/*"));
    EXPECT_TRUE(matches_glob("/a/b?c=1", "/a/b?c=1"));
    EXPECT_TRUE(matches_glob("/a/b?c=1", "*b?*1"));
    EXPECT_TRUE(matches_glob("/aab", "/a*ab"));
    EXPECT_TRUE(matches_glob("", "**"));
    EXPECT_FALSE(matches_glob("/a/b", "/a"));
    EXPECT_FALSE(matches_glob("/a", "/a/b"));
    EXPECT_FALSE(matches_glob("/a/b?c=1", "/a/b?c=2*"));
    EXPECT_FALSE(matches_glob("/a", ""));
}

// Many stars against a long text would take ages by recursion.
TEST(Glob, EndsSoonWhateverItIs) {
    const std::string text(2000, 'a');
    std::string glob;
    for (int star = 0; star < 50; ++star) glob += "a*";
    EXPECT_FALSE(matches_glob(text, glob + "b"));
    EXPECT_TRUE(matches_glob(text, glob));
}

}  // namespace
}  // namespace pyesi::catalog

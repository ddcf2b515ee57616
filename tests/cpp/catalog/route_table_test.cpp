#include "catalog/route_table.h"

#include "catalog/table_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace pyesi::catalog {
namespace {

using http::Method;
using namespace std::chrono_literals;

std::string replaced(std::string_view from, std::string_view to) {
    std::string text{kSmallTable};
    text.replace(text.find(from), from.size(), to);
    return text;
}

TEST(RouteTable, FindsARouteByEitherOfItsNames) {
    const auto table = small_table();
    const auto* route = table.find(Method::Get, "/towns/{town_id}/streets/{street}");
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route, table.find(Method::Get, "GetStreets"));
    EXPECT_EQ(route, table.routes().data());
}

TEST(RouteTable, TellsRoutesOfOnePathApartByMethod) {
    const auto table = small_table();
    EXPECT_EQ(table.find(Method::Get, "/towns")->operation_id, "GetTowns");
    EXPECT_EQ(table.find(Method::Post, "/towns")->operation_id, "PostTowns");
    EXPECT_EQ(table.find(Method::Delete, "/towns"), nullptr);
    EXPECT_EQ(table.find(Method::Post, "GetTowns"), nullptr);
}

TEST(RouteTable, HeadFindsTheRouteOfGet) {
    const auto table = small_table();
    EXPECT_EQ(table.find(Method::Head, "/feed"), table.find(Method::Get, "/feed"));
}

TEST(RouteTable, RoutesStayWhereTheyAreWhenTheTableMoves) {
    auto table = small_table();
    const auto* before = table.find(Method::Get, "GetFeed");
    const RouteTable moved = std::move(table);
    EXPECT_EQ(moved.find(Method::Get, "GetFeed"), before);
    EXPECT_EQ(before->operation_id, "GetFeed");
}

TEST(RouteTable, IndicesAreDenseAndUncheckedRoutesComeAfterThem) {
    const auto table = small_table();
    for (std::uint32_t index = 0; index < table.routes().size(); ++index) {
        EXPECT_EQ(table.routes()[index].index, index);
    }
    EXPECT_EQ(table.unchecked_index(), 4U);
}

TEST(RouteTable, ReadsWhatTheCoreMustKnow) {
    const auto table = small_table();
    const auto& streets = *table.find(Method::Get, "GetStreets");
    EXPECT_EQ(streets.cache_lifetime, 60s);
    EXPECT_EQ(streets.cache_mode, CacheMode::EventBased);
    ASSERT_TRUE(streets.rate_limit);
    EXPECT_EQ(streets.rate_limit->group, "towns");
    EXPECT_EQ(streets.rate_limit->tokens, 10);
    EXPECT_EQ(streets.rate_limit->window, 15min);
    EXPECT_EQ(streets.pagination, Pagination::Pages);
    EXPECT_EQ(streets.page_parameter, "page");
    EXPECT_TRUE(streets.secured);
    EXPECT_TRUE(streets.localised);

    const auto& towns = *table.find(Method::Get, "GetTowns");
    EXPECT_FALSE(towns.cache_lifetime);
    EXPECT_FALSE(towns.rate_limit);
    EXPECT_TRUE(towns.expires_daily);
    EXPECT_EQ(towns.pagination, Pagination::FromId);
    EXPECT_EQ(towns.page_field, "town_id");
    EXPECT_EQ(table.find(Method::Get, "GetFeed")->rows, "entries");
}

TEST(RouteTable, ParametersStandInTheOrderOfTheTarget) {
    const auto table = small_table();
    std::vector<std::string> names;
    for (const auto& parameter : table.find(Method::Get, "GetStreets")->parameters) {
        names.push_back(parameter.name);
    }
    EXPECT_EQ(names,
              (std::vector<std::string>{"town_id",
                                        "street",
                                        "at",
                                        "ids",
                                        "kinds",
                                        "limit",
                                        "order",
                                        "page",
                                        "paved",
                                        "slope",
                                        "tilt",
                                        "word"}));
}

TEST(RouteTable, SaysWhichMethodARouteIsFor) {
    const auto failure = small_table().why_not_found(Method::Delete, "/towns");
    EXPECT_EQ(failure.kind, base::ErrorKind::InvalidRequest);
    EXPECT_EQ(failure.message, "/towns is not for DELETE: use GET or POST.");
}

TEST(RouteTable, SaysWhichTemplateAFilledInPathBelongsTo) {
    const auto failure =
        small_table().why_not_found(Method::Get, "/latest/towns/7/streets/main/");
    EXPECT_EQ(failure.message,
              "\"/latest/towns/7/streets/main/\" is not a template: give "
              "/towns/{town_id}/streets/{street} and its values apart.");
}

TEST(RouteTable, SaysWhichRouteAMisspeltNameIsNearestTo) {
    const auto table = small_table();
    for (const auto* name : {"/twons/{town_id}/street/{street}",
                             "/v4/towns/{id}/streets/{street}/",
                             "getstreets",
                             "GetStreet"}) {
        const auto message = table.why_not_found(Method::Get, name).message;
        const auto* meant = name[0] == '/'
                                ? "Did you mean /towns/{town_id}/streets/{street}?"
                                : "Did you mean GetStreets?";
        EXPECT_NE(message.find(meant), std::string::npos) << message;
        EXPECT_NE(message.find("2031-02-03"), std::string::npos) << message;
    }
}

TEST(RouteTable, SaysThatVersionsAndTrailingSlashesAreNotOfARoute) {
    for (const auto* name : {"/latest/towns", "/v2/towns/", "/dev/towns", "/towns/"}) {
        const auto message = small_table().why_not_found(Method::Get, name).message;
        EXPECT_NE(message.find("Did you mean /towns?"), std::string::npos) << message;
    }
}

TEST(RouteTable, SaysWhereToGoWithARouteThatIsLikeNone) {
    const auto message = small_table().why_not_found(Method::Get, "zzzzzz\r\n").message;
    EXPECT_EQ(message,
              "ESI has no route \"zzzzzz??\" at 2031-02-03. pyesi.UncheckedRoute sends "
              "a route that the catalog does not know.");
}

TEST(RouteTable, RefusesWhatIsNoTable) {
    const std::vector<std::string> broken{
        "",
        "{}",
        "[1]",
        std::string{kSmallTable.substr(0, 500)},
        replaced(R"("method":"POST")", R"("method":"BREW")"),
        replaced(R"("pagination":"cursor")", R"("pagination":"scroll")"),
        replaced(R"("type":"boolean")", R"("type":"colour")"),
        replaced(R"("path":"/feed")", R"("path":"feed")"),
        replaced(R"("path":"/feed")", R"("path":"/feed/{nobody}")"),
        replaced(R"("name":"street")", R"("name":"town")"),
        replaced(R"("name":"street","location":"path")",
                 R"("name":"street","location":"query")"),
        replaced(R"("GetFeed")", R"("GetTowns")"),
        replaced(R"("compatibility_date")", R"("date")"),
    };
    for (const auto& text : broken) {
        const auto table = RouteTable::parse(text);
        ASSERT_FALSE(table.ok()) << text;
        EXPECT_EQ(table.failure().kind, base::ErrorKind::ConfigurationError);
    }
}

TEST(ShippedTable, HoldsTheOperationsOfItsDate) {
    const auto table = RouteTable::parse(shipped_text());
    ASSERT_TRUE(table.ok()) << table.failure().message;
    const auto routes = table->routes();
    const auto count = [&](auto holds) {
        return std::count_if(routes.begin(), routes.end(), holds);
    };
    EXPECT_EQ(routes.size(), 233U);
    EXPECT_EQ(count([](const Route& r) { return r.rate_limit.has_value(); }), 171);
    EXPECT_EQ(count([](const Route& r) { return r.pagination == Pagination::Pages; }),
              40);
    EXPECT_EQ(count([](const Route& r) { return r.pagination == Pagination::Cursor; }),
              12);
    EXPECT_EQ(count([](const Route& r) { return r.pagination == Pagination::FromId; }),
              5);
    EXPECT_EQ(count([](const Route& r) { return r.secured; }), 145);
    EXPECT_EQ(count([](const Route& r) { return r.localised; }), 17);
    EXPECT_EQ(count([](const Route& r) { return r.cache_lifetime.has_value(); }), 146);
}

TEST(ShippedTable, EveryRouteIsFoundByBothOfItsNames) {
    const auto table = RouteTable::parse(shipped_text());
    ASSERT_TRUE(table.ok());
    for (const auto& route : table->routes()) {
        EXPECT_EQ(table->find(route.method, route.path), &route);
        EXPECT_EQ(table->find(route.method, route.operation_id), &route);
    }
}

}  // namespace
}  // namespace pyesi::catalog

#include "catalog/binding.h"

#include "catalog/table_fixture.h"
#include "catalog/unchecked_route.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pyesi::catalog {
namespace {

using http::Method;
using Arguments = std::vector<Argument>;

class Binding : public testing::Test {
protected:
    const Route& streets() const { return *table_.find(Method::Get, "GetStreets"); }
    const Route& post_towns() const { return *table_.find(Method::Post, "PostTowns"); }

    /// Town and street, and what else is given.
    static Arguments main_street(Arguments more) {
        more.push_back({"street", std::string_view{"main"}});
        more.push_back({"town_id", std::int64_t{7}});
        return more;
    }

    static std::string target(const Route& route, const Arguments& arguments) {
        std::string text{"what was here before"};
        const auto refusal = bind_target(route, arguments, text);
        EXPECT_FALSE(refusal) << refusal->message;
        return text;
    }

    static std::string refused(const Route& route, const Arguments& arguments) {
        std::string text{"what was here before"};
        const auto refusal = bind_target(route, arguments, text);
        EXPECT_EQ(text, "");
        if (!refusal) return "not refused";
        EXPECT_EQ(refusal->kind, base::ErrorKind::InvalidRequest);
        EXPECT_EQ(refusal->attempts, 0);
        return refusal->message;
    }

    std::string query(Arguments more) const {
        const auto text = target(streets(), main_street(std::move(more)));
        constexpr std::string_view kPath = "/towns/7/streets/main?";
        EXPECT_TRUE(text.starts_with(kPath)) << text;
        return text.substr(kPath.size());
    }

    std::string complaint(std::string_view name, Value value) const {
        return refused(streets(), main_street({{name, std::move(value)}}));
    }

private:
    RouteTable table_ = small_table();
};

TEST_F(Binding, ValuesFillTheTemplateAndTheQueryIsSortedByName) {
    EXPECT_EQ(target(streets(),
                     {{"word", std::string_view{"old"}},
                      {"page", std::int64_t{2}},
                      {"town_id", std::int64_t{7}},
                      {"street", std::string_view{"main"}},
                      {"order", std::string_view{"near"}}}),
              "/towns/7/streets/main?order=near&page=2&word=old");
}

TEST_F(Binding, ARequiredParameterIsSentWithItsDefault) {
    EXPECT_EQ(query({}), "order=all");
    EXPECT_EQ(target(post_towns(), {{"mayor_id", std::int64_t{3}}}),
              "/towns?dry=false&mayor_id=3");
}

TEST_F(Binding, AnOptionalParameterIsSentOnlyIfGiven) {
    EXPECT_EQ(query({{"limit", std::int64_t{10}}}), "limit=10&order=all");
}

TEST_F(Binding, AllButUnreservedCharactersAreEncoded) {
    EXPECT_EQ(target(streets(),
                     {{"town_id", std::int64_t{-7}},
                      {"street", std::string_view{"a/b?c#d e+é~._-%2F"}},
                      {"word", std::string_view{"a&b=c"}}}),
              "/towns/-7/streets/a%2Fb%3Fc%23d%20e%2B%C3%A9~._-%252F"
              "?order=all&word=a%26b%3Dc");
}

TEST_F(Binding, AListRepeatsItsKeyOrJoinsItsItems) {
    EXPECT_EQ(
        query({{"kinds", List{std::string_view{"square"}, std::string_view{"lane"}}}}),
        "kinds=square&kinds=lane&order=all");
    EXPECT_EQ(query({{"ids", List{std::int64_t{3}, std::int64_t{1}}}}),
              "ids=3,1&order=all");
}

TEST_F(Binding, EqualNumbersHaveOneSpelling) {
    EXPECT_EQ(query({{"slope", std::int64_t{5}}}), query({{"slope", 5.0}}));
    EXPECT_EQ(query({{"slope", 0.0}}), query({{"slope", -0.0}}));
    EXPECT_EQ(query({{"slope", -0.25}}), "order=all&slope=-0.25");
    EXPECT_EQ(query({{"slope", 1e23}}), "order=all&slope=1e%2B23");
    EXPECT_EQ(query({{"slope", 1e-7}}), "order=all&slope=1e-07");
}

TEST_F(Binding, BooleansAreWords) {
    EXPECT_EQ(query({{"paved", true}}), "order=all&paved=true");
    EXPECT_EQ(query({{"paved", false}}), "order=all&paved=false");
}

TEST_F(Binding, BoundsThemselvesAreAllowed) {
    EXPECT_EQ(query({{"limit", std::int64_t{100}}, {"page", std::int64_t{1}}}),
              "limit=100&order=all&page=1");
    EXPECT_EQ(query({{"page", std::int64_t{2147483647}}}), "order=all&page=2147483647");
    EXPECT_EQ(query({{"tilt", 0.5}}), "order=all&tilt=0.5");
    EXPECT_EQ(query({{"tilt", std::int64_t{-10}}}), "order=all&tilt=-10");
    EXPECT_EQ(query({{"word", std::string_view{"äöü"}}}),
              "order=all&word=%C3%A4%C3%B6%C3%BC");
}

TEST_F(Binding, ANumberOutOfBoundsIsRefused) {
    EXPECT_EQ(complaint("limit", std::int64_t{5}),
              "Parameter \"limit\" of GET /towns/{town_id}/streets/{street} must be an "
              "integer from 10 to 100, not 5.");
    EXPECT_NE(complaint("limit", std::int64_t{101}).find("not 101"), std::string::npos);
    EXPECT_NE(
        complaint("page", std::int64_t{0}).find("an integer of at least 1, not 0"),
        std::string::npos);
    EXPECT_NE(complaint("page", std::int64_t{2147483648}).find("not 2147483648"),
              std::string::npos);
    EXPECT_NE(
        complaint("tilt", -10.5).find("a finite number from -10 to 0.5, not -10.5"),
        std::string::npos);
    EXPECT_NE(complaint("tilt", 0.75).find("not 0.75"), std::string::npos);
    EXPECT_NE(complaint("tilt", std::int64_t{1}).find("not 1"), std::string::npos);
    EXPECT_NE(complaint("tilt", std::int64_t{-11}).find("not -11"), std::string::npos);
    EXPECT_NE(complaint("slope", std::nan("")).find("a finite number, not nan"),
              std::string::npos);
    EXPECT_NE(
        complaint("slope", std::numeric_limits<double>::infinity()).find("not inf"),
        std::string::npos);
}

TEST_F(Binding, AValueOfAnotherTypeIsRefused) {
    EXPECT_NE(complaint("limit", std::string_view{"50"})
                  .find("an integer from 10 to 100, not a string."),
              std::string::npos);
    EXPECT_NE(complaint("limit", true).find("not true"), std::string::npos);
    EXPECT_NE(complaint("limit", 50.0).find("not 50"), std::string::npos);
    EXPECT_NE(complaint("limit", List{std::int64_t{50}}).find("not a list"),
              std::string::npos);
    EXPECT_NE(complaint("paved", std::int64_t{1}).find("true or false, not 1"),
              std::string::npos);
    EXPECT_NE(complaint("slope", true).find("a finite number, not true"),
              std::string::npos);
    EXPECT_NE(complaint("word", std::int64_t{123}).find("not 123"), std::string::npos);
    EXPECT_NE(complaint("ids", std::int64_t{3})
                  .find("a list of 1 to 3 items, each an integer, not 3"),
              std::string::npos);
}

TEST_F(Binding, AnUnknownWordIsRefusedWithTheNearest) {
    const auto message = complaint("order", std::string_view{"neer"});
    EXPECT_NE(message.find("one of \"near\", \"far\", \"all\", not another string."),
              std::string::npos)
        << message;
    EXPECT_TRUE(message.ends_with("Did you mean \"near\"?")) << message;
    EXPECT_TRUE(
        complaint("kinds", List{std::string_view{"Lane"}})
            .ends_with("not a list with another string. Did you mean \"lane\"?"));
}

TEST_F(Binding, AStringMustBeLongEnoughInCharacters) {
    EXPECT_NE(complaint("word", std::string_view{"äö"})
                  .find("a string of at least 3 characters, not a string of 2"),
              std::string::npos);
    EXPECT_NE(complaint("word", std::string_view{"€😀"}).find("not a string of 2"),
              std::string::npos);
    EXPECT_EQ(query({{"word", std::string_view{"€€€"}}}),
              "order=all&word=%E2%82%AC%E2%82%AC%E2%82%AC");
}

TEST_F(Binding, AUuidMustHaveItsForm) {
    EXPECT_EQ(query({{"at", std::string_view{"3868eaed-8278-4cb7-9709-7D7DE9C20DC7"}}}),
              "at=3868eaed-8278-4cb7-9709-7D7DE9C20DC7&order=all");
    for (const auto* wrong : {"3868eaed82784cb797097d7de9c20dc7",
                              "3868eaed-8278-4cb7-9709-7d7de9c20dcg",
                              "3868eaed-8278-4cb7-9709-7d7de9c20dc"}) {
        EXPECT_NE(complaint("at", std::string_view{wrong}).find("a UUID"),
                  std::string::npos);
    }
}

TEST_F(Binding, AListMustKeepItsBounds) {
    EXPECT_NE(complaint("ids", List{}).find("not an empty list"), std::string::npos);
    EXPECT_NE(complaint("ids", List(4, std::int64_t{1})).find("not a list of 4"),
              std::string::npos);
    EXPECT_NE(
        complaint("ids", List{std::int64_t{1}, true}).find("not a list with true"),
        std::string::npos);
    EXPECT_NE(
        complaint("kinds", List{std::string_view{"lane"}, std::string_view{"lane"}})
            .find("a list of 1 to 2 different items, each one of \"lane\", \"alley\", "
                  "\"square\", not a list with an item twice"),
        std::string::npos);
    EXPECT_EQ(query({{"ids", List(2, std::int64_t{1})}}), "ids=1,1&order=all");
}

TEST_F(Binding, ControlCharactersNeverReachATarget) {
    for (const auto* word : {"abc\r\nHost: x", "abc\t", "abc\x7f", "\x01xyz"}) {
        EXPECT_NE(complaint("word", std::string_view{word})
                      .find("not a string with a control character"),
                  std::string::npos);
    }
    EXPECT_NE(complaint("word", std::string_view{"abc\0def", 7}).find("control"),
              std::string::npos);
}

TEST_F(Binding, AValueCannotLeaveItsSegment) {
    for (const auto* dots : {"", ".", ".."}) {
        const auto message =
            refused(streets(),
                    {{"town_id", std::int64_t{7}}, {"street", std::string_view{dots}}});
        EXPECT_NE(message.find("\"street\""), std::string::npos);
    }
    EXPECT_EQ(
        target(streets(),
               {{"town_id", std::int64_t{7}}, {"street", std::string_view{"..."}}}),
        "/towns/7/streets/...?order=all");
}

TEST_F(Binding, AMissingParameterIsNamedWithWhatItMustBe) {
    EXPECT_EQ(
        refused(streets(), {{"street", std::string_view{"main"}}}),
        "GET /towns/{town_id}/streets/{street} needs the parameter \"town_id\": an "
        "integer.");
    EXPECT_EQ(refused(post_towns(), {}),
              "POST /towns needs the parameter \"mayor_id\": an integer.");
}

TEST_F(Binding, AnUnknownParameterIsNamedWithTheNearest) {
    EXPECT_EQ(
        complaint("pavd", true),
        "GET /towns/{town_id}/streets/{street} has no parameter \"pavd\". Did you "
        "mean \"paved\"?");
    EXPECT_EQ(
        refused(post_towns(), {{"colour", true}}),
        "POST /towns has no parameter \"colour\". It takes \"dry\", \"mayor_id\".");
    EXPECT_NE(complaint("Town_ID", std::int64_t{7}).find("Did you mean \"town_id\"?"),
              std::string::npos);
}

TEST_F(Binding, AParameterGivenTwiceIsRefused) {
    EXPECT_EQ(refused(post_towns(), {{"dry", true}, {"dry", true}}),
              "Parameter \"dry\" of POST /towns is given twice.");
}

TEST_F(Binding, NoMessageHoldsAStringValue) {
    for (const auto* name : {"word", "at", "order", "limit", "paved", "slope", "ids"}) {
        const auto message = complaint(name, std::string_view{"s\tecret-token"});
        EXPECT_EQ(message.find("ecret"), std::string::npos) << message;
    }
}

TEST_F(Binding, ATargetWithRoomIsFilledInPlace) {
    std::string text(256, ' ');
    const auto* place = text.data();
    const auto arguments = main_street({{"page", std::int64_t{3}}});
    ASSERT_FALSE(bind_target(streets(), arguments, text));
    EXPECT_EQ(text.data(), place);
}

class UncheckedBinding : public Binding {
protected:
    static Route route(std::string_view path) {
        auto made = make_unchecked_route(Method::Get, path, 233);
        EXPECT_TRUE(made.ok()) << path;
        return std::move(made).value();
    }
};

TEST_F(UncheckedBinding, PlaceholdersAreFilledAndTheRestIsQuery) {
    EXPECT_EQ(target(route("/new/{id}-{name}/list"),
                     {{"z", std::int64_t{1}},
                      {"name", std::string_view{"a b"}},
                      {"id", std::int64_t{5}},
                      {"b", List{true, 1.5}},
                      {"a c", std::string_view{""}}}),
              "/new/5-a%20b/list?a%20c=&b=true&b=1.5&z=1");
    EXPECT_EQ(target(route("/"), {}), "/");
}

TEST_F(UncheckedBinding, PlaceholdersMustBeFilledWithScalars) {
    const auto made = route("/new/{id}");
    EXPECT_NE(refused(made, {}).find("needs the parameter \"id\""), std::string::npos);
    EXPECT_NE(refused(made, {{"id", List{std::int64_t{1}}}}).find("not a list"),
              std::string::npos);
    EXPECT_NE(refused(made, {{"id", std::string_view{".."}}}).find("\"id\""),
              std::string::npos);
}

TEST_F(UncheckedBinding, WhatCannotBeSentIsRefused) {
    const auto made = route("/new");
    EXPECT_NE(refused(made, {{"a", std::string_view{"\n"}}}).find("control"),
              std::string::npos);
    EXPECT_NE(refused(made, {{"a\r\n", true}}).find("no parameter"), std::string::npos);
    EXPECT_NE(refused(made, {{"", true}}).find("no parameter"), std::string::npos);
    EXPECT_NE(refused(made, {{"a", true}, {"b", true}, {"a", true}}).find("twice"),
              std::string::npos);
    EXPECT_NE(refused(made, {{"a", List{}}}).find("an empty list"), std::string::npos);
    EXPECT_NE(refused(made, {{"a", std::nan("")}}).find("nan"), std::string::npos);
}

TEST_F(Binding, TurningAPageGivesWhatBindingItWouldGive) {
    const Value second{std::int64_t{2}};
    for (const auto& given :
         {Arguments{},
          Arguments{{"word", std::string_view{"a&page=9"}}},
          Arguments{{"at", std::string_view{"3868eaed-8278-4cb7-9709-7d7de9c20dc7"}}},
          Arguments{{"page", std::int64_t{1}}, {"paved", true}}}) {
        auto wanted = given;
        std::erase_if(wanted, [](const Argument& each) { return each.name == "page"; });
        wanted.push_back({"page", second});
        EXPECT_EQ(
            with_query_parameter(target(streets(), main_street(given)), "page", "2"),
            target(streets(), main_street(wanted)));
    }
    EXPECT_EQ(with_query_parameter("/wars", "max_war_id", "7"), "/wars?max_war_id=7");
    EXPECT_EQ(with_query_parameter("/a?a-b=1", "a", "+"), "/a?a=%2B&a-b=1");
}

}  // namespace
}  // namespace pyesi::catalog

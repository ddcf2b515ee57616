#include "catalog/path_template.h"

#include "catalog/unchecked_route.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::catalog {
namespace {

TEST(PathTemplate, IsCutAtItsPlaceholders) {
    const auto parsed = parse_path_template("/a/{b}/c-{d_1}.json");
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->pieces.size(), 3U);
    EXPECT_EQ(parsed->pieces[0].literal, "/a/");
    EXPECT_EQ(parsed->pieces[0].parameter, 0U);
    EXPECT_EQ(parsed->pieces[1].literal, "/c-");
    EXPECT_EQ(parsed->pieces[1].parameter, 1U);
    EXPECT_EQ(parsed->pieces[2].literal, ".json");
    EXPECT_EQ(parsed->pieces[2].parameter, Piece::kNoParameter);
    EXPECT_EQ(parsed->names, (std::vector<std::string_view>{"b", "d_1"}));
}

TEST(PathTemplate, TakesWhatMayStandInAPath) {
    for (const auto* text : {"/", "/a", "/a/", "/a%20b/", "/x:y/@z", "/{a}{b}"}) {
        EXPECT_TRUE(parse_path_template(text)) << text;
    }
}

TEST(PathTemplate, RefusesWhatIsNotOnePathOfThisOrigin) {
    for (const std::string text : {"",
                                   "new/route",
                                   "https://elsewhere.example/x",
                                   "//elsewhere.example/x",
                                   "/a//b",
                                   "/a//",
                                   "/a/{b",
                                   "/a/b}",
                                   "/a/{}",
                                   "/a/{b c}",
                                   "/a/{1}",
                                   "/a/{{b}}",
                                   "/a/{b/c}",
                                   "/a/{b}/{b}",
                                   "/a?b=c",
                                   "/a#b",
                                   "/a b",
                                   "/a\r\nHost: elsewhere.example",
                                   "/a\n",
                                   "/\xC3\xA9",
                                   "/a%2",
                                   "/a%2g",
                                   "/../a",
                                   "/a/./b",
                                   "/a/.."}) {
        EXPECT_FALSE(parse_path_template(text)) << text;
        const auto made = make_unchecked_route(http::Method::Get, text, 0);
        ASSERT_FALSE(made.ok());
        EXPECT_EQ(made.failure().kind, base::ErrorKind::InvalidRequest);
    }
}

TEST(PathTemplate, KnowsItsOwnFilledInPaths) {
    EXPECT_TRUE(is_filled_in("/a/7/c", "/a/{b}/c"));
    EXPECT_TRUE(is_filled_in("/a", "/a"));
    EXPECT_FALSE(is_filled_in("/a/7", "/a/{b}/c"));
    EXPECT_FALSE(is_filled_in("/a/7/c/d", "/a/{b}/c"));
    EXPECT_FALSE(is_filled_in("/a//c", "/a/{b}/c"));
    EXPECT_FALSE(is_filled_in("/a/7/d", "/a/{b}/c"));
}

TEST(UncheckedRoute, HasNoMorePlaceholdersThanARouteMay) {
    std::string path;
    for (int i = 0; i < 17; ++i) path += "/{p" + std::to_string(i) + "}";
    EXPECT_FALSE(make_unchecked_route(http::Method::Get, path, 0).ok());
    path.resize(path.rfind('/'));
    EXPECT_TRUE(make_unchecked_route(http::Method::Get, path, 0).ok());
}

TEST(UncheckedRoute, IsToldApartFromTheCatalogsOwn) {
    const auto made = make_unchecked_route(http::Method::Put, "/a/{b}", 233);
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(made->unchecked);
    EXPECT_EQ(made->index, 233U);
    EXPECT_EQ(made->method, http::Method::Put);
    EXPECT_EQ(made->operation_id, "unchecked");
    EXPECT_FALSE(made->rate_limit);
}

}  // namespace
}  // namespace pyesi::catalog

#include "cache/invalidation.h"

#include "cache/examples.h"

#include <gtest/gtest.h>

#include <string>

namespace pyesi::cache {
namespace {

using namespace examples;
using http::Method;
using Strings = std::vector<std::string>;

Strings outdated_by(const Change& change, const http::Headers& answer) {
    const auto asked = http::parse_url("https://esi.invalid/characters/1/contacts?a=1");
    Strings urls;
    for (const auto& url : outdated_urls(change, *asked, answer)) {
        urls.push_back(http::to_string(url));
    }
    return urls;
}

constexpr Change kCreated{.method = Method::Post, .status = 201};
constexpr auto kOwn = "https://esi.invalid/characters/1/contacts?a=1";
constexpr auto kPlain = "https://esi.invalid/characters/1/contacts";

Strings both() {
    return {kOwn, kPlain};
}

// RFC 9111 §4.4: "in response to an unsafe request method … a non-error status code".
TEST(Invalidation, AChangeThatSucceededOutdatesItsOwnUrl) {
    for (const auto method : {Method::Post, Method::Put, Method::Delete}) {
        for (const auto status : {200, 201, 204, 302, 303}) {
            EXPECT_TRUE(outdates({.method = method, .status = status})) << status;
        }
    }
    EXPECT_EQ(outdated_by(kCreated, {}), both());
}

TEST(Invalidation, AChangeThatFailedOutdatesNothing) {
    for (const auto status : {100, 400, 403, 404, 420, 500, 503}) {
        const Change failed{.method = Method::Delete, .status = status};
        EXPECT_FALSE(outdates(failed)) << status;
        EXPECT_EQ(outdated_by(failed, fields({{"location", "/x"}})), Strings{});
    }
}

// RFC 9110 §9.2.1.
TEST(Invalidation, AReadOutdatesNothing) {
    EXPECT_FALSE(outdates({.method = Method::Get, .status = 200}));
    EXPECT_FALSE(outdates({.method = Method::Head, .status = 200}));
    EXPECT_FALSE(
        outdates({.method = Method::Post, .status = 200, .catalog_read = true}));
}

// RFC 9111 §4.4: "A cache MAY also invalidate … the URI(s) in the Location and
// Content-Location response header fields".
TEST(Invalidation, ReachesWhatLocationAndContentLocationName) {
    EXPECT_EQ(outdated_by(kCreated,
                          fields({{"Location", "/characters/1/contacts/7"},
                                  {"Content-Location", "../contacts"}})),
              (Strings{kOwn,
                       kPlain,
                       "https://esi.invalid/characters/1/contacts/7",
                       "https://esi.invalid/characters/contacts"}));
}

TEST(Invalidation, NamesNoUrlTwice) {
    EXPECT_EQ(outdated_by(kCreated,
                          fields({{"location", "?a=1"}, {"content-location", kOwn}})),
              both());
}

// RFC 9111 §4.4: "MUST NOT trigger an invalidation … if the origin … is not the same".
TEST(Invalidation, StaysWithinTheOrigin) {
    for (const auto* elsewhere : {"https://other.invalid/x",
                                  "http://esi.invalid/x",
                                  "https://esi.invalid:8443/x",
                                  "//other.invalid/x",
                                  "mailto:a@esi.invalid",
                                  "not a url"}) {
        EXPECT_EQ(outdated_by(kCreated, fields({{"location", elsewhere}})), both())
            << elsewhere;
    }
}

}  // namespace
}  // namespace pyesi::cache

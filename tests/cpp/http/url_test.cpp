#include "http/url.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pyesi::http {
namespace {

Url url(const std::string& text) {
    return parse_url(text).value_or(Url{});
}

TEST(Url, ComesApart) {
    const auto parts =
        url("HTTPS://ESI.evetech.net:8443/universe/types/587?a=b&c=d#top");
    EXPECT_EQ(parts.scheme, "https");
    EXPECT_EQ(parts.host, "esi.evetech.net");
    EXPECT_EQ(parts.port, 8443);
    EXPECT_EQ(parts.target, "/universe/types/587?a=b&c=d");
}

TEST(Url, KeepsTheCaseAndTheEscapesOfItsTarget) {
    EXPECT_EQ(url("http://A/%7eB%2F?X=Y").target, "/%7eB%2F?X=Y");
}

TEST(Url, HasItsSchemesPortWhereNoneIsWritten) {
    EXPECT_EQ(url("https://a").port, 443);
    EXPECT_EQ(url("http://a").port, 80);
    EXPECT_EQ(url("http://a:").port, 80);
    EXPECT_EQ(url("http://a:443").port, 443);
}

TEST(Url, HasAPathAtLeast) {
    EXPECT_EQ(url("https://a").target, "/");
    EXPECT_EQ(url("https://a?x=1").target, "/?x=1");
    EXPECT_EQ(url("https://a#x/y?z").target, "/");
    EXPECT_EQ(url("https://a/").target, "/");
}

TEST(Url, TakesAddresses) {
    EXPECT_EQ(url("http://127.0.0.1:1").host, "127.0.0.1");
    EXPECT_EQ(url("http://[::1]:8080/x").host, "::1");
    EXPECT_EQ(url("http://[::1]:8080/x").port, 8080);
    EXPECT_EQ(url("http://[FE80::A]").host, "fe80::a");
}

TEST(Url, IsNothingForWhatWeWouldNotAsk) {
    for (const std::string text : {"",
                                   "/path",
                                   "//host/path",
                                   "host/path",
                                   "ftp://a/",
                                   "file:///etc/passwd",
                                   "https:/a",
                                   "https//a",
                                   "https://",
                                   "https:///path",
                                   "https://?x",
                                   "https://:80/",
                                   "https://user@host/",
                                   "https://user:pass@host/",
                                   "https://host@/",
                                   "https://a b/",
                                   "https://a/b c",
                                   "https://a/\r\nX: y",
                                   "https://a/\x7F",
                                   "https://a/\xC3\xA9",
                                   "https://\xC3\xA9/",
                                   "https://a:0/",
                                   "https://a:65536/",
                                   "https://a:-1/",
                                   "https://a:+1/",
                                   "https://a:8o/",
                                   "https://a:1:2/",
                                   "https://a%2eb/",
                                   "https://a\\b/",
                                   "https://[::1",
                                   "https://[::1]x/",
                                   "https://[]/",
                                   "https://[a.b]/",
                                   "https://::1/"}) {
        EXPECT_EQ(parse_url(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_url(std::string{"https://a/\0b", 12}), std::nullopt);
}

TEST(Url, ReadsWhatItWrites) {
    for (const std::string text : {"https://esi.evetech.net/",
                                   "http://127.0.0.1:8080/a?b=c",
                                   "https://[::1]:8443/x",
                                   "https://a:80/",
                                   "http://a/%20"}) {
        EXPECT_EQ(to_string(url(text)), text);
    }
    EXPECT_EQ(to_string(url("https://a:443")), "https://a/");
}

TEST(Url, TakesAnyTextWithoutHarm) {
    std::mt19937 random{5};
    const std::string alphabet = "ab:/?#[]@%.0123456789\\ -";
    for (int i = 0; i < 100'000; ++i) {
        std::string text = "http://";
        for (auto left = random() % 20; left > 0; --left) {
            text += alphabet[random() % alphabet.size()];
        }
        const auto read = parse_url(text);
        if (!read) continue;
        ASSERT_EQ(parse_url(to_string(*read)), read) << text;
        ASSERT_EQ(read->host.find_first_of("@/?#[]\\ "), std::string::npos) << text;
    }
}

TEST(Origin, LeavesOutTheSchemesOwnPort) {
    EXPECT_EQ(origin(url("HTTPS://ESI.Evetech.NET:443/x")), "https://esi.evetech.net");
    EXPECT_EQ(origin(url("http://a:80")), "http://a");
    EXPECT_EQ(origin(url("http://a:443")), "http://a:443");
    EXPECT_EQ(origin(url("https://[::1]:8443")), "https://[::1]:8443");
}

TEST(Origin, IsTheSameForSchemeHostAndPortTogether) {
    const auto here = url("https://a/x");
    EXPECT_TRUE(same_origin(here, url("https://A:443/y?z")));
    EXPECT_FALSE(same_origin(here, url("http://a/x")));
    EXPECT_FALSE(same_origin(here, url("https://a:444/x")));
    EXPECT_FALSE(same_origin(here, url("https://b/x")));
    EXPECT_FALSE(same_origin(here, url("https://a.b/x")));
}

TEST(Loopback, IsThisMachineAndNothingElse) {
    for (const auto* host : {"localhost",
                             "LocalHost",
                             "127.0.0.1",
                             "127.255.255.255",
                             "127.0.0.0",
                             "::1",
                             "[::1]"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (const auto* host : {"",
                             "localhost.",
                             "localhost.evil.net",
                             "evil.localhost",
                             "127.1",
                             "127",
                             "127.0.0",
                             "127.0.0.1.",
                             "127.0.0.1.evil.net",
                             "127.0.0.1.1",
                             "127.0.0.256",
                             "127.0.0.-1",
                             "127.0.0.01",
                             "0127.0.0.1",
                             "127..0.1",
                             "127.0.0.",
                             "128.0.0.1",
                             "10.0.0.1",
                             "0.0.0.0",
                             "::",
                             "::2",
                             "::ffff:127.0.0.1",
                             "esi.evetech.net"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

}  // namespace
}  // namespace pyesi::http

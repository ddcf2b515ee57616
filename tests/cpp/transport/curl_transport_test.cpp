#include "transport/raw_server.h"
#include "transport/transport_run.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace pyesi::transport {
namespace {

bool has_line(const std::string& request, std::string_view line) {
    return request.find(std::string{"\r\n"}.append(line).append("\r\n")) !=
           std::string::npos;
}

TEST(CurlTransport, BringsStatusFieldsAndBody) {
    RawServer server{
        always("HTTP/1.1 404 Not Found\r\nETag: \"a\"\r\nX-Pages:  3 "
               "\r\nContent-Length: 2\r\n\r\n{}")};
    TransportRun run;
    const auto reply = run.reply_to(get_of(server.url("/a?b=c%20d")));
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.headers.find("etag"), "\"a\"");
    EXPECT_EQ(reply.headers.find("x-pages"), "3");
    EXPECT_EQ(reply.body.view(), "{}");
    EXPECT_EQ(reply.sends, 1);
    EXPECT_EQ(reply.http_version, 11);
    EXPECT_FALSE(reply.reused_connection);
    EXPECT_TRUE(server.requests().at(0).starts_with("GET /a?b=c%20d HTTP/1.1\r\n"));
}

TEST(CurlTransport, KeepsAConnectionForTheNextRequest) {
    RawServer server{always(answer("x"))};
    TransportRun run;
    for (int i = 0; i < 5; ++i) {
        const auto reply = run.reply_to(get_of(server.url("/" + std::to_string(i))));
        EXPECT_EQ(reply.reused_connection, i > 0);
    }
    EXPECT_EQ(server.connections(), 1);
    const auto counts = run.transport->statistics().http1;
    EXPECT_EQ(counts.opened, 1U);
    EXPECT_EQ(counts.reused, 4U);
    EXPECT_EQ(counts.idle, 1U);
    EXPECT_EQ(counts.active, 0U);
    EXPECT_TRUE(server.requests().at(4).starts_with("GET /4 HTTP"));
}

TEST(CurlTransport, SendsOwnFieldsThenCommonOnesOfTheRequestAtHand) {
    RawServer server{always(answer(""))};
    TransportRun run;
    const auto common = std::make_shared<http::Headers>();
    common->append("User-Agent", "pyesi-test");
    common->append("Accept", "application/json");
    for (int i = 0; i < 3; ++i) {
        auto request = get_of(server.url("/"));
        request.common_headers = common;
        if (i == 1) request.headers.append("If-None-Match", "\"x\"");
        run.reply_to(std::move(request));
    }
    const auto seen = server.requests();
    for (const auto& request : seen) {
        EXPECT_TRUE(has_line(request, "User-Agent: pyesi-test"));
        EXPECT_TRUE(has_line(request, "Accept: application/json"));
    }
    EXPECT_FALSE(has_line(seen.at(0), "If-None-Match: \"x\""));
    EXPECT_TRUE(has_line(seen.at(1), "If-None-Match: \"x\""));
    EXPECT_FALSE(has_line(seen.at(2), "If-None-Match: \"x\""));
}

std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

std::string first_line_of(const std::string& request) {
    return request.substr(0, request.find("\r\n"));
}

/// What the server sees of a request.
std::string seen(http::Method method, std::optional<std::string> body) {
    RawServer server{always("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
    TransportRun run;
    auto request = get_of(server.url("/a"));
    request.method = method;
    if (body) {
        request.body = base::Bytes{*body};
        request.has_body = true;
        request.headers.append("Content-Type", "application/json");
    }
    run.reply_to(std::move(request));
    return server.requests().at(0);
}

TEST(CurlTransport, EachMethodGoesAsItselfWithABodyAndWithout) {
    using http::Method;
    for (const auto method : {Method::Post, Method::Put, Method::Delete}) {
        const auto request = seen(method, "{\"a\":1}");
        EXPECT_EQ(first_line_of(request),
                  std::string{http::name_of(method)} + " /a HTTP/1.1");
        EXPECT_TRUE(has_line(request, "Content-Length: 7"));
        EXPECT_TRUE(has_line(request, "Content-Type: application/json"));
        EXPECT_EQ(body_of(request), "{\"a\":1}");
    }
    for (const auto method : {Method::Get, Method::Head, Method::Delete}) {
        const auto request = seen(method, std::nullopt);
        EXPECT_EQ(first_line_of(request),
                  std::string{http::name_of(method)} + " /a HTTP/1.1");
        EXPECT_EQ(request.find("Content-"), std::string::npos) << request;
    }
    for (const auto method : {Method::Post, Method::Put}) {
        const auto request = seen(method, std::nullopt);
        EXPECT_TRUE(has_line(request, "Content-Length: 0"));
        EXPECT_EQ(request.find("Content-Type"), std::string::npos);
    }
}

TEST(CurlTransport, OneHandleCarriesAnyMethodAfterAnyOther) {
    using http::Method;
    const std::vector<Method> methods{
        Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete};
    RawServer server{[](Peer& peer) {
        while (const auto request = peer.read_request()) {
            const bool is_head = request->starts_with("HEAD");
            if (!peer.send(is_head ? "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
                                   : answer("abc"))) {
                return;
            }
        }
    }};
    TransportRun run;
    std::vector<std::string> expected;
    for (const auto first : methods) {
        for (const auto second : methods) {
            for (const auto method : {first, second}) {
                auto request = get_of(server.url("/"));
                request.method = method;
                if (method == Method::Post) {
                    request.body = base::Bytes{"body"};
                    request.has_body = true;
                }
                const auto reply = run.reply_to(std::move(request));
                EXPECT_EQ(reply.body.view(), method == Method::Head ? "" : "abc");
                expected.push_back(std::string{http::name_of(method)} + " / HTTP/1.1");
            }
        }
    }
    const auto all = server.requests();
    ASSERT_EQ(all.size(), expected.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(first_line_of(all[i]), expected[i]);
        EXPECT_EQ(body_of(all[i]), expected[i].starts_with("POST") ? "body" : "");
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, ALargeBodyGoesOutWhole) {
    RawServer server{always(answer(""))};
    TransportRun run;
    for (const std::size_t size : {1U, 60'000U, 70'000U, 1'000'000U, 3'000'000U}) {
        std::string body(size, 'x');
        body.back() = 'y';
        const auto reply = run.reply_to(post_of(server.url("/"), body));
        const std::string request = server.requests().back();
        EXPECT_TRUE(body_of(request) == body) << size;
        EXPECT_EQ(request.find("Expect"), std::string::npos);
        EXPECT_EQ(reply.bytes_sent, request.size());
    }
}

TEST(CurlTransport, ALargeBodyComesInWholeHoweverItIsFramed) {
    std::string body(1'000'000, 'x');
    for (std::size_t i = 0; i < body.size(); i += 4096)
        body[i] = static_cast<char>(i / 4096);
    std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t from = 0; from < body.size(); from += 50'000) {
        chunked += "c350\r\n" + body.substr(from, 50'000) + "\r\n";
    }
    chunked += "0\r\nX-Trailer: 1\r\n\r\n";
    const auto until_close = "HTTP/1.1 200 OK\r\n\r\n" + body;
    for (const auto& text : {answer(body), chunked, until_close}) {
        const RawServer server{[&](Peer& peer) {
            if (peer.read_request()) peer.send(text);
        }};
        TransportRun run;
        const auto reply = run.reply_to(get_of(server.url("/")));
        EXPECT_TRUE(reply.body.view() == body);
        EXPECT_FALSE(reply.headers.find("X-Trailer"));
        EXPECT_EQ(
            std::string_view(reply.body.data() + body.size(), base::Bytes::kSlack),
            std::string(base::Bytes::kSlack, '\0'));
    }
}

TEST(CurlTransport, ABodyStaysCoded) {
    RawServer server{
        always("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
               "4\r\n\r\n\x1f\x8b!!")};
    TransportRun run;
    const auto reply = run.reply_to(get_of(server.url("/")));
    EXPECT_EQ(reply.body.view(), "\x1f\x8b!!");
    EXPECT_EQ(reply.headers.find("Content-Encoding"), "gzip");
    EXPECT_EQ(server.requests().at(0).find("Accept-Encoding"), std::string::npos);
}

TEST(CurlTransport, ARedirectIsAnAnswer) {
    RawServer server{
        always("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: "
               "0\r\n\r\n")};
    TransportRun run;
    const auto reply = run.reply_to(get_of(server.url("/")));
    EXPECT_EQ(reply.status, 302);
    EXPECT_EQ(reply.headers.find("Location"), "http://127.0.0.1:1/");
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(CurlTransport, InterimAnswersAreNotTheAnswer) {
    const RawServer server{
        always("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + answer("x"))};
    TransportRun run;
    const auto reply = run.reply_to(get_of(server.url("/")));
    EXPECT_EQ(reply.status, 200);
    EXPECT_FALSE(reply.headers.find("X-Early"));
    EXPECT_EQ(reply.body.view(), "x");
}

TEST(CurlTransport, CookiesAreNotKept) {
    RawServer server{
        always("HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")};
    TransportRun run;
    run.reply_to(get_of(server.url("/")));
    run.reply_to(get_of(server.url("/")));
    EXPECT_EQ(server.requests().at(1).find("Cookie"), std::string::npos);
}

TEST(CurlTransport, CountsBytesAndTimesOfAnExchange) {
    RawServer server{always(answer("12345"))};
    TransportRun run;
    const auto first = run.reply_to(get_of(server.url("/")));
    EXPECT_EQ(first.bytes_sent, server.requests().at(0).size());
    EXPECT_EQ(first.bytes_received, answer("12345").size());
    EXPECT_GT(first.timings.connect, base::Duration{0});
    EXPECT_GE(first.timings.total, first.timings.first_byte);
    EXPECT_GT(first.timings.first_byte, base::Duration{0});
    const auto second = run.reply_to(get_of(server.url("/")));
    EXPECT_EQ(second.timings.connect, base::Duration{0});
    EXPECT_GT(second.timings.total, base::Duration{0});
}

TEST(CurlTransport, TellsHowLongARequestWaitedForAConnection) {
    const RawServer server{always(answer("x"))};
    TransportSettings settings;
    settings.max_connections_per_host = 1;
    TransportRun run{settings};
    const auto first = run.start(get_of(server.url("/1")));
    const auto second = run.start(get_of(server.url("/2")));
    ASSERT_TRUE(run.run_until([&] { return run.ends.count() == 2; }));
    const auto timings_of = [&](TransferId id) {
        return std::get<TransferReply>(run.ends.of(id)).timings;
    };
    EXPECT_GE(timings_of(second).pool, timings_of(first).total / 2);
    EXPECT_GT(timings_of(second).pool, timings_of(first).pool);
    EXPECT_EQ(timings_of(second).connect, base::Duration{0});
}

TEST(CurlTransport, EachOriginHasItsOwnConnections) {
    const RawServer one{always(answer("one"))};
    const RawServer other{always(answer("other"))};
    TransportRun run;
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(run.reply_to(get_of(one.url("/"))).body.view(), "one");
        EXPECT_EQ(run.reply_to(get_of(other.url("/"))).body.view(), "other");
    }
    EXPECT_EQ(one.connections(), 1);
    EXPECT_EQ(other.connections(), 1);
    EXPECT_EQ(run.transport->statistics().http1.open, 2U);
}

TEST(CurlTransport, AUrlMayEndAtItsOrigin) {
    RawServer server{always(answer(""))};
    TransportRun run;
    run.reply_to(get_of(server.origin()));
    run.reply_to(get_of(server.origin() + "?a=b"));
    const auto all = server.requests();
    EXPECT_EQ(first_line_of(all.at(0)), "GET / HTTP/1.1");
    EXPECT_EQ(first_line_of(all.at(1)), "GET /?a=b HTTP/1.1");
}

TEST(CurlTransport, AConnectionThatLivedItsTimeIsNotUsedAgain) {
    const RawServer server{always(answer(""))};
    TransportSettings settings;
    settings.keep_alive_idle = std::chrono::seconds{1};
    TransportRun run{settings};
    run.reply_to(get_of(server.url("/")));
    // libcurl counts in whole seconds of the machine's clock.
    std::this_thread::sleep_for(std::chrono::milliseconds{2100});
    EXPECT_FALSE(run.reply_to(get_of(server.url("/"))).reused_connection);
}

TEST(CurlTransport, AProxyGetsWholeUrlsAndLoopbackDoesNotPassIt) {
    RawServer proxy{always(answer("by proxy"))};
    const RawServer direct{always(answer("direct"))};
    TransportSettings settings;
    settings.proxy = proxy.origin();
    settings.no_proxy = "other.invalid";
    TransportRun run{settings};
    for (const auto* path : {"/a?b=c", "/d"}) {
        const auto reply =
            run.reply_to(get_of(std::string{"http://esi.invalid"} + path));
        EXPECT_EQ(reply.body.view(), "by proxy");
    }
    EXPECT_EQ(run.reply_to(get_of(direct.url("/"))).body.view(), "direct");
    EXPECT_EQ(run.failure_of(get_of("http://other.invalid/")).failure.kind,
              base::ErrorKind::NameNotResolved);
    const auto all = proxy.requests();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(first_line_of(all.at(0)), "GET http://esi.invalid/a?b=c HTTP/1.1");
    EXPECT_EQ(first_line_of(all.at(1)), "GET http://esi.invalid/d HTTP/1.1");
}

TEST(CurlTransport, AProxyThatRefusesToConnectSeesNothingOfTheRequest) {
    RawServer proxy{always("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")};
    TransportSettings settings;
    settings.proxy = proxy.origin();
    TransportRun run{settings};
    auto request = get_of("https://esi.invalid/secret-path");
    request.headers.append("Authorization", "Bearer canary");
    const auto failure = run.failure_of(std::move(request));
    EXPECT_TRUE(failure.surely_not_sent);
    EXPECT_EQ(failure.failure.kind, base::ErrorKind::ConnectFailed);
    EXPECT_EQ(proxy.requests().at(0).find("canary"), std::string::npos);
    EXPECT_EQ(proxy.requests().at(0).find("secret"), std::string::npos);
}

TEST(CurlTransport, TheEnvironmentsProxyIsNotRead) {
    const RawServer server{always(answer("direct"))};
    // NOLINTBEGIN(concurrency-mt-unsafe): the server's threads do not look.
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    ::setenv("all_proxy", "http://127.0.0.1:1", 1);
    TransportRun run;
    EXPECT_EQ(run.reply_to(get_of(server.url("/"))).body.view(), "direct");
    ::unsetenv("http_proxy");
    ::unsetenv("all_proxy");
    // NOLINTEND(concurrency-mt-unsafe)
}

}  // namespace
}  // namespace pyesi::transport

#include "transport/raw_server.h"
#include "transport/transport_run.h"

#include <gtest/gtest.h>

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
    auto common = std::make_shared<http::Headers>();
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

}  // namespace
}  // namespace pyesi::transport

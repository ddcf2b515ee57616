// Each thing that a server or a network can do wrong, over loopback: one end, of the
// right kind, and a transport that goes on working.

#include "transport/raw_server.h"
#include "transport/transport_run.h"

#include <gtest/gtest.h>

namespace pyesi::transport {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;

/// Plays `text` after the first request, then closes.
RawServer::Script once(std::string text) {
    return [text = std::move(text)](Peer& peer) {
        if (peer.read_request()) peer.send(text);
    };
}

/// Plays `text` after the first request, then resets.
RawServer::Script once_then_reset(std::string text) {
    return [text = std::move(text)](Peer& peer) {
        if (!peer.read_request()) return;
        peer.send(text);
        peer.reset();
    };
}

/// Plays `text` after the first request, then is silent.
RawServer::Script once_then_silent(std::string text) {
    return [text = std::move(text)](Peer& peer) {
        if (!peer.read_request()) return;
        peer.send(text);
        peer.hold();
    };
}

ErrorKind kind_after(RawServer::Script script) {
    const RawServer server{std::move(script)};
    TransportRun run;
    const auto failure = run.failure_of(get_of(server.url("/")));
    EXPECT_EQ(failure.sends, 1);
    EXPECT_EQ(failure.failure.attempts, 1);
    EXPECT_FALSE(failure.surely_not_sent);
    EXPECT_EQ(run.transport->statistics().in_flight, 0U);
    return failure.failure.kind;
}

/// A port on which nobody listens.
int unused_port() {
    const RawServer server{[](Peer&) {}};
    return server.port();
}

TEST(CurlFaults, ARefusedConnectionIsSurelyNotSent) {
    const auto url = "http://127.0.0.1:" + std::to_string(unused_port()) + "/";
    TransportRun run;
    const auto failure = run.failure_of(post_of(url, "x"));
    EXPECT_EQ(failure.failure.kind, ErrorKind::ConnectFailed);
    EXPECT_EQ(failure.sends, 0);
    EXPECT_TRUE(failure.surely_not_sent);
    EXPECT_FALSE(failure.reused_connection_died);
}

TEST(CurlFaults, AnUnknownNameIsNotResolved) {
    TransportRun run;
    // RFC 6761 §6.4: never resolves.
    const auto failure = run.failure_of(get_of("http://nobody.invalid/"));
    EXPECT_EQ(failure.failure.kind, ErrorKind::NameNotResolved);
    EXPECT_TRUE(failure.surely_not_sent);
}

TEST(CurlFaults, AUrlOrFieldThatCannotBeSentTouchesNoSocket) {
    const RawServer server{always(answer(""))};
    TransportRun run;
    for (const std::string& url : {std::string{"ftp://127.0.0.1/"},
                                   std::string{"nonsense"},
                                   std::string{},
                                   std::string{"http://"},
                                   std::string{"http://user:word@127.0.0.1/"},
                                   server.url("/with blank"),
                                   server.url("/with\r\nX-Injected:1"),
                                   server.url("/with\x80"
                                              "byte"),
                                   server.url("/with#fragment")}) {
        const auto failure = run.failure_of(get_of(url));
        EXPECT_EQ(failure.failure.kind, ErrorKind::InvalidRequest) << url;
        EXPECT_TRUE(failure.surely_not_sent);
    }
    for (const auto* value : {"a\r\nX-Injected: 1", "a\nb", "nul\x01"}) {
        auto own = get_of(server.url("/"));
        own.headers.append("X-Own", value);
        EXPECT_EQ(run.failure_of(std::move(own)).failure.kind,
                  ErrorKind::InvalidRequest);
        auto common = get_of(server.url("/"));
        const auto fields = std::make_shared<http::Headers>();
        fields->append("X-Common", value);
        common.common_headers = fields;
        EXPECT_EQ(run.failure_of(std::move(common)).failure.kind,
                  ErrorKind::InvalidRequest);
    }
    EXPECT_EQ(server.connections(), 0);
    EXPECT_EQ(run.reply_to(get_of(server.url("/"))).status, 200);
}

TEST(CurlFaults, NoAnswerAtAllIsALostConnection) {
    EXPECT_EQ(kind_after(once("")), ErrorKind::ConnectionLost);
    EXPECT_EQ(kind_after(once_then_reset("")), ErrorKind::ConnectionLost);
}

TEST(CurlFaults, ACutHeadIsALostConnection) {
    EXPECT_EQ(kind_after(once("HTTP/1.1 200 OK\r\nContent-Le")),
              ErrorKind::ConnectionLost);
    EXPECT_EQ(kind_after(once_then_reset("HTTP/1.1 200 OK\r\nContent-Le")),
              ErrorKind::ConnectionLost);
}

TEST(CurlFaults, ACutBodyIsALostConnection) {
    EXPECT_EQ(kind_after(once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")),
              ErrorKind::ConnectionLost);
    EXPECT_EQ(kind_after(once_then_reset(
                  "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")),
              ErrorKind::ConnectionLost);
    EXPECT_EQ(kind_after(once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "5\r\n12345\r\n")),
              ErrorKind::ConnectionLost);
}

TEST(CurlFaults, BadChunksAreNoAnswer) {
    const auto kind =
        kind_after(once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"));
    EXPECT_TRUE(kind == ErrorKind::ConnectionLost ||
                kind == ErrorKind::ProtocolViolated);
}

TEST(CurlFaults, WhatIsNotHttpViolatesTheProtocol) {
    EXPECT_EQ(kind_after(once("SSH-2.0-OpenSSH_9.2\r\n")), ErrorKind::ProtocolViolated);
    EXPECT_EQ(kind_after(once("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")),
              ErrorKind::ProtocolViolated);
    EXPECT_EQ(kind_after(once("HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n")),
              ErrorKind::ProtocolViolated);
    EXPECT_EQ(kind_after(once("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                              "Content-Length: 2\r\n\r\n12")),
              ErrorKind::ProtocolViolated);
    EXPECT_EQ(kind_after(once("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")),
              ErrorKind::ProtocolViolated);
}

TEST(CurlFaults, AFloodOfHeadersIsCut) {
    const auto flood = [](Peer& peer) {
        if (!peer.read_request() || !peer.send("HTTP/1.1 200 OK\r\n")) return;
        const std::string field = "X-Flood: " + std::string(1000, 'x') + "\r\n";
        while (peer.send(field)) {
        }
    };
    EXPECT_EQ(kind_after(flood), ErrorKind::HeadersTooLarge);
    const auto endless_line = [](Peer& peer) {
        if (!peer.read_request() || !peer.send("HTTP/1.1 200 OK\r\nX-Flood: ")) return;
        const std::string some(10'000, 'x');
        while (peer.send(some)) {
        }
    };
    EXPECT_EQ(kind_after(endless_line), ErrorKind::HeadersTooLarge);
    const auto interim = [](Peer& peer) {
        if (!peer.read_request()) return;
        while (peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")) {
        }
    };
    EXPECT_EQ(kind_after(interim), ErrorKind::HeadersTooLarge);
}

TEST(CurlFaults, ABodyPastTheCapIsCutWhetherItsLengthWasSaidOrNot) {
    const auto endless = [](Peer& peer) {
        if (!peer.read_request() || !peer.send("HTTP/1.1 200 OK\r\n\r\n")) return;
        const std::string some(10'000, 'x');
        while (peer.send(some)) {
        }
    };
    for (const auto& script :
         {RawServer::Script{endless},
          once_then_silent("HTTP/1.1 200 OK\r\nContent-Length: 3000000000\r\n\r\n")}) {
        const RawServer server{script};
        TransportRun run;
        auto request = get_of(server.url("/"));
        request.max_body_bytes = 100'000;
        EXPECT_EQ(run.failure_of(std::move(request)).failure.kind,
                  ErrorKind::BodyTooLarge);
    }
}

TEST(CurlFaults, ABodyOfJustTheCapIsTaken) {
    const RawServer server{always(answer(std::string(1000, 'x')))};
    TransportRun run;
    auto request = get_of(server.url("/"));
    request.max_body_bytes = 1000;
    EXPECT_EQ(run.reply_to(request).body.size(), 1000U);
    request.max_body_bytes = 999;
    EXPECT_EQ(run.failure_of(request).failure.kind, ErrorKind::BodyTooLarge);
}

TEST(CurlFaults, ALongLengthOfNoBodyIsNoMatter) {
    const RawServer server{
        always("HTTP/1.1 304 Not Modified\r\nContent-Length: 3000000000\r\n\r\n")};
    TransportRun run;
    EXPECT_EQ(run.reply_to(get_of(server.url("/"))).status, 304);
    auto head = get_of(server.url("/"));
    head.method = http::Method::Head;
    EXPECT_EQ(run.reply_to(std::move(head)).status, 304);
}

TEST(CurlFaults, MoreThanItsLengthSaidIsNotPartOfTheAnswer) {
    const RawServer server{
        once_then_silent("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n12345")};
    TransportRun run;
    EXPECT_EQ(run.reply_to(get_of(server.url("/"))).body.view(), "12");
    EXPECT_FALSE(run.reply_to(get_of(server.url("/"))).reused_connection);
}

TEST(CurlFaults, SilenceEndsByTheReadTimeOut) {
    for (const auto* text : {"",
                             "HTTP/1.1 200 OK\r\nA: ",
                             "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1"}) {
        const RawServer server{once_then_silent(text)};
        TransportRun run;
        auto request = get_of(server.url("/"));
        request.timeouts.read = milliseconds{80};
        const auto begun = std::chrono::steady_clock::now();
        const auto failure = run.failure_of(std::move(request));
        EXPECT_EQ(failure.failure.kind, ErrorKind::ReadTimedOut);
        EXPECT_EQ(failure.sends, 1);
        EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds{80});
    }
}

// What comes just after the request has its time-out end just after that of the
// request is looked at: within the look itself, if chance will have it.
TEST(CurlFaults, SilenceEndsThoughItBeganAMomentAfterTheRequest) {
    const RawServer server{once_then_silent("HTTP/1.1 200 OK\r\nA: ")};
    TransportRun run;
    for (int round = 0; round < 200; ++round) {
        auto request = get_of(server.url("/"));
        request.timeouts.read = milliseconds{3};
        const auto failure = run.failure_of(std::move(request));
        ASSERT_EQ(failure.failure.kind, ErrorKind::ReadTimedOut) << "round " << round;
    }
}

TEST(CurlFaults, ASlowDripIsNotSilence) {
    const RawServer server{[](Peer& peer) {
        if (!peer.read_request()) return;
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n");
        for (int i = 0; i < 8; ++i) {
            std::this_thread::sleep_for(milliseconds{50});
            if (!peer.send("x")) return;
        }
    }};
    TransportRun run;
    auto request = get_of(server.url("/"));
    request.timeouts.read = milliseconds{250};
    EXPECT_EQ(run.reply_to(std::move(request)).body.size(), 8U);
}

TEST(CurlFaults, ABodyThatNobodyTakesEndsByTheWriteTimeOut) {
    const RawServer server{[](Peer& peer) {
        std::this_thread::sleep_for(milliseconds{900});
        (void)peer;
    }};
    TransportRun run;
    auto request = post_of(server.url("/"), std::string(std::size_t{32} << 20U, 'x'));
    request.timeouts.write = milliseconds{200};
    request.timeouts.read = std::chrono::seconds{20};
    const auto failure = run.failure_of(std::move(request));
    EXPECT_EQ(failure.failure.kind, ErrorKind::WriteTimedOut);
    EXPECT_FALSE(failure.surely_not_sent);
}

TEST(CurlFaults, AnAnswerMayBeAwaitedLongerThanABodyMayStall) {
    const RawServer server{[](Peer& peer) {
        if (!peer.read_request()) return;
        std::this_thread::sleep_for(milliseconds{200});
        peer.send(answer("x"));
    }};
    TransportRun run;
    auto request = post_of(server.url("/"), "body");
    request.timeouts.write = milliseconds{50};
    EXPECT_EQ(run.reply_to(std::move(request)).status, 200);
}

TEST(CurlFaults, AConnectionThatIsNeverMadeTimesOut) {
    // RFC 5737 §3: nobody lives there. Where the machine has no route at all the
    // connection fails at once instead.
    TransportRun run;
    auto request = get_of("http://192.0.2.1/");
    request.timeouts.connect = milliseconds{50};
    const auto kind = run.failure_of(std::move(request)).failure.kind;
    EXPECT_TRUE(kind == ErrorKind::ConnectTimedOut || kind == ErrorKind::ConnectFailed);
}

TEST(CurlFaults, AServerThatDoesNotShakeHandsTimesOutAsAConnection) {
    const RawServer server{[](Peer& peer) { peer.hold(); }};
    TransportRun run;
    auto request = get_of("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    request.timeouts.connect = milliseconds{80};
    const auto failure = run.failure_of(std::move(request));
    EXPECT_EQ(failure.failure.kind, ErrorKind::ConnectTimedOut);
    EXPECT_TRUE(failure.surely_not_sent);
}

TEST(CurlFaults, WhoWaitsForAFirstConnectionSharesItsFate) {
    const RawServer server{always("this is not TLS\r\n\r\n")};
    const RawServer closes{[](Peer&) {}};
    TransportRun run;
    std::vector<TransferId> ids;
    ids.reserve(50);
    for (int i = 0; i < 50; ++i) {
        ids.push_back(run.start(
            get_of("https://127.0.0.1:" + std::to_string(closes.port()) + "/")));
    }
    EXPECT_EQ(run.transport->statistics().waiting, 49U);
    ASSERT_TRUE(run.run_until([&] { return run.ends.count() == 50; }));
    for (const auto id : ids) {
        const auto& failure = std::get<TransferFailure>(run.ends.of(id));
        EXPECT_EQ(failure.failure.kind, ErrorKind::TlsFailed);
        EXPECT_TRUE(failure.surely_not_sent);
    }
    EXPECT_EQ(closes.connections(), 1);
    EXPECT_EQ(run.transport->statistics().waiting, 0U);
}

TEST(CurlFaults, WhoWaitsForAFirstConnectionHasItsOwnTimeForIt) {
    const RawServer silent{[](Peer& peer) { peer.hold(); }};
    TransportRun run;
    const auto begun = std::chrono::steady_clock::now();
    std::map<int, TransferId> ids;
    for (const int limit : {150, 60, 400, 60}) {
        auto request =
            get_of("https://127.0.0.1:" + std::to_string(silent.port()) + "/");
        request.timeouts.connect = milliseconds{limit};
        ids[limit] = run.start(std::move(request));
    }
    for (const int limit : {60, 150, 400}) {
        ASSERT_TRUE(run.run_until([&] { return run.ends.count(ids[limit]) == 1; }));
        EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds{limit});
        const auto& failure = std::get<TransferFailure>(run.ends.of(ids[limit]));
        EXPECT_EQ(failure.failure.kind, ErrorKind::ConnectTimedOut);
        EXPECT_TRUE(failure.surely_not_sent);
    }
    EXPECT_EQ(run.ends.count(), 4U);
}

TEST(CurlFaults, NothingPrivateEntersAMessage) {
    const RawServer server{
        once("HTTP/1.1 200 OK\r\nSet-Cookie: canary\r\nno colon\r\n\r\n")};
    TransportRun run;
    auto request = get_of(server.url("/path-canary?token=canary"));
    request.headers.append("Authorization", "Bearer canary");
    const auto failure = run.failure_of(std::move(request));
    EXPECT_EQ(failure.failure.message.find("canary"), std::string::npos);
    EXPECT_NE(failure.failure.message.find(server.origin()), std::string::npos);
}

/// Answers the first request of each connection; on the second closes without a
/// word, as a server does whose keep-alive ran out at that moment.
void answer_once_then_close(Peer& peer) {
    if (!peer.read_request()) return;
    peer.send(answer("first"));
    peer.read_request();
}

int times_seen(RawServer& server, std::string_view line) {
    int count = 0;
    for (const auto& request : server.requests()) {
        if (request.starts_with(line)) ++count;
    }
    return count;
}

TEST(CurlFaults, APostOnAConnectionThatDiesIsSentOnce) {
    for (int i = 0; i < 20; ++i) {
        RawServer server{answer_once_then_close};
        TransportRun run;
        run.reply_to(get_of(server.url("/first")));
        const auto failure = run.failure_of(post_of(server.url("/second"), "money"));
        EXPECT_EQ(failure.failure.kind, ErrorKind::ConnectionLost);
        EXPECT_EQ(failure.sends, 1);
        EXPECT_TRUE(failure.reused_connection_died);
        EXPECT_FALSE(failure.surely_not_sent);
        EXPECT_EQ(times_seen(server, "POST /second"), 1);
    }
}

TEST(CurlFaults, PutAndDeleteAreSentOnceToo) {
    for (const auto method : {http::Method::Put, http::Method::Delete}) {
        RawServer server{answer_once_then_close};
        TransportRun run;
        run.reply_to(get_of(server.url("/first")));
        auto request = get_of(server.url("/second"));
        request.method = method;
        EXPECT_EQ(run.failure_of(std::move(request)).sends, 1);
        EXPECT_EQ(server.requests().size(), 2U);
    }
}

TEST(CurlFaults, AGetOnAConnectionThatDiesGoesAgainAndIsCountedTwice) {
    for (int i = 0; i < 20; ++i) {
        RawServer server{answer_once_then_close};
        TransportRun run;
        run.reply_to(get_of(server.url("/first")));
        const auto reply = run.reply_to(get_of(server.url("/second?x=1")));
        EXPECT_EQ(reply.sends, 2);
        EXPECT_FALSE(reply.reused_connection);
        EXPECT_EQ(times_seen(server, "GET /second?x=1 "), 2) << "the same URL again";
        EXPECT_EQ(times_seen(server, "GET /first "), 1);
    }
}

TEST(CurlFaults, AGetIsNotSentMoreOftenThanItMay) {
    RawServer server{answer_once_then_close};
    TransportRun run;
    run.reply_to(get_of(server.url("/first")));
    auto request = get_of(server.url("/second"));
    request.max_sends = 1;
    const auto failure = run.failure_of(std::move(request));
    EXPECT_EQ(failure.failure.kind, ErrorKind::ConnectionLost);
    EXPECT_TRUE(failure.reused_connection_died);
    EXPECT_EQ(failure.sends, 1);
    EXPECT_EQ(times_seen(server, "GET /second"), 1);
}

TEST(CurlFaults, APostAfterAConnectionWasClosedInPeaceIsSentOnce) {
    for (int i = 0; i < 20; ++i) {
        RawServer server{[](Peer& peer) {
            if (peer.read_request()) peer.send(answer("x"));
        }};
        TransportRun run;
        run.reply_to(get_of(server.url("/first")));
        // Right after, so that the close and the request race.
        run.end_of(post_of(server.url("/second"), "money"));
        EXPECT_LE(times_seen(server, "POST /second"), 1);
    }
}

}  // namespace
}  // namespace pyesi::transport

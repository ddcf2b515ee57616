#include "transport/curl_failure.h"

#include <gtest/gtest.h>

#include <map>

namespace pyesi::transport {
namespace {

using base::ErrorKind;

FailurePoint unsent(CURLcode code) {
    return {.code = code};
}
FailurePoint sent(CURLcode code) {
    return {.code = code, .sends = 1};
}

TEST(CurlFailure, BeforeSendingEachCodeHasItsKind) {
    const std::map<CURLcode, ErrorKind> expected{
        {CURLE_URL_MALFORMAT, ErrorKind::InvalidRequest},
        {CURLE_UNSUPPORTED_PROTOCOL, ErrorKind::InvalidRequest},
        {CURLE_BAD_FUNCTION_ARGUMENT, ErrorKind::InvalidRequest},
        {CURLE_COULDNT_RESOLVE_HOST, ErrorKind::NameNotResolved},
        {CURLE_COULDNT_RESOLVE_PROXY, ErrorKind::NameNotResolved},
        {CURLE_COULDNT_CONNECT, ErrorKind::ConnectFailed},
        {CURLE_PROXY, ErrorKind::ConnectFailed},
        {CURLE_OPERATION_TIMEDOUT, ErrorKind::ConnectTimedOut},
        {CURLE_SSL_CONNECT_ERROR, ErrorKind::TlsFailed},
        {CURLE_PEER_FAILED_VERIFICATION, ErrorKind::TlsFailed},
        {CURLE_SSL_CACERT_BADFILE, ErrorKind::ConfigurationError},
        // Not one that says more: no connection was made.
        {CURLE_RECV_ERROR, ErrorKind::ConnectFailed},
        {CURLE_SEND_ERROR, ErrorKind::ConnectFailed},
        {CURLE_OUT_OF_MEMORY, ErrorKind::ConnectFailed},
    };
    for (const auto& [code, kind] : expected) {
        EXPECT_EQ(kind_of(unsent(code)), kind) << curl_easy_strerror(code);
    }
}

TEST(CurlFailure, AfterSendingEachCodeHasItsKind) {
    const std::map<CURLcode, ErrorKind> expected{
        {CURLE_GOT_NOTHING, ErrorKind::ConnectionLost},
        {CURLE_RECV_ERROR, ErrorKind::ConnectionLost},
        {CURLE_SEND_ERROR, ErrorKind::ConnectionLost},
        {CURLE_PARTIAL_FILE, ErrorKind::ConnectionLost},
        {CURLE_HTTP2, ErrorKind::ConnectionLost},
        {CURLE_HTTP2_STREAM, ErrorKind::ConnectionLost},
        {CURLE_ABORTED_BY_CALLBACK, ErrorKind::ConnectionLost},
        {CURLE_WEIRD_SERVER_REPLY, ErrorKind::ProtocolViolated},
        {CURLE_BAD_CONTENT_ENCODING, ErrorKind::ProtocolViolated},
        {CURLE_UNSUPPORTED_PROTOCOL, ErrorKind::ProtocolViolated},
        {CURLE_BAD_FUNCTION_ARGUMENT, ErrorKind::ProtocolViolated},
        {CURLE_OUT_OF_MEMORY, ErrorKind::HeadersTooLarge},
        // A new connection after a dead one may still fail to be made.
        {CURLE_COULDNT_CONNECT, ErrorKind::ConnectFailed},
        {CURLE_OPERATION_TIMEDOUT, ErrorKind::ConnectTimedOut},
    };
    for (const auto& [code, kind] : expected) {
        EXPECT_EQ(kind_of(sent(code)), kind) << curl_easy_strerror(code);
    }
}

TEST(CurlFailure, EveryCodeHasAKindThatATransportMayGive) {
    for (int number = 1; number < CURL_LAST; ++number) {
        const auto code = static_cast<CURLcode>(number);
        for (const auto& point : {unsent(code), sent(code)}) {
            const auto kind = kind_of(point);
            EXPECT_TRUE(kind < ErrorKind::RedirectRefused) << number;
            EXPECT_NE(describe_failure(point, "http://a").find("http://a"),
                      std::string::npos);
        }
    }
}

TEST(CurlFailure, AnObjectionOfOursOutweighsTheCode) {
    const std::map<Objection, ErrorKind> expected{
        {Objection::HeadersTooLarge, ErrorKind::HeadersTooLarge},
        {Objection::HeadersMalformed, ErrorKind::ProtocolViolated},
        {Objection::BodyTooLarge, ErrorKind::BodyTooLarge},
        {Objection::OutOfMemory, ErrorKind::BodyTooLarge},
        {Objection::SentEnough, ErrorKind::ConnectionLost},
    };
    for (const auto& [objection, kind] : expected) {
        auto point = sent(CURLE_WRITE_ERROR);
        point.objection = objection;
        EXPECT_EQ(kind_of(point), kind);
    }
}

TEST(CurlFailure, OnlyAnUnansweredRequestOnAnOldConnectionMayGoAgainAtOnce) {
    for (const bool reused : {false, true}) {
        for (const bool answer_begun : {false, true}) {
            auto point = sent(CURLE_SEND_ERROR);
            point.reused_connection = reused;
            point.answer_begun = answer_begun;
            EXPECT_EQ(is_dead_reused_connection(point), reused && !answer_begun);
        }
    }
    auto other = sent(CURLE_WEIRD_SERVER_REPLY);
    other.reused_connection = true;
    EXPECT_FALSE(is_dead_reused_connection(other));
}

}  // namespace
}  // namespace pyesi::transport

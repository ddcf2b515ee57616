#include "scheduler/retry_policy.h"

#include "scheduler/backoff.h"
#include "scheduler/making.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using base::ErrorKind;
using http::Method;

RetryInput after_status(int status, int attempts = 1) {
    RetryInput input;
    input.status = status;
    input.attempts = attempts;
    input.now = at(seconds{0});
    return input;
}

RetryInput after_failure(ErrorKind kind, int attempts = 1) {
    auto input = after_status(0, attempts);
    input.failure = kind;
    return input;
}

constexpr std::array kTransport{ErrorKind::NameNotResolved,
                                ErrorKind::ConnectFailed,
                                ErrorKind::ConnectionLost,
                                ErrorKind::ConnectTimedOut,
                                ErrorKind::ReadTimedOut,
                                ErrorKind::WriteTimedOut,
                                ErrorKind::ProtocolViolated};

TEST(Backoff, IsAnythingUpToADoublingSpanAndTheCap) {
    const auto delay = [](int failures, double jitter) {
        return backoff_delay({.failures = failures,
                              .base = milliseconds{200},
                              .cap = seconds{5},
                              .retry_after = std::nullopt},
                             jitter);
    };
    EXPECT_EQ(delay(1, 0.5), milliseconds{100});
    EXPECT_EQ(delay(2, 0.5), milliseconds{200});
    EXPECT_EQ(delay(3, 0.5), milliseconds{400});
    EXPECT_EQ(delay(50, 0.5), milliseconds{2500});
    EXPECT_EQ(delay(50, 0.0), milliseconds{0});
}

TEST(Backoff, RetryAfterIsAFloorThatTheCapDoesNotLower) {
    const BackoffInput input{.failures = 1,
                             .base = milliseconds{200},
                             .cap = seconds{5},
                             .retry_after = seconds{900}};
    EXPECT_EQ(backoff_delay(input, 0.0), seconds{900});
    EXPECT_GT(backoff_delay(input, 0.9), seconds{900});
}

TEST(RetryPolicy, SafeMethodsAreRetriedOnTransportFailuresUpToTheLimit) {
    for (const auto kind : kTransport) {
        EXPECT_TRUE(decide_retry(after_failure(kind, 1), 0.5).retry);
        EXPECT_TRUE(decide_retry(after_failure(kind, 2), 0.5).retry);
        EXPECT_FALSE(decide_retry(after_failure(kind, 3), 0.5).retry);
    }
}

TEST(RetryPolicy, BadGatewaysAreRetriedWithFullJitter) {
    for (const int status : {502, 503, 504}) {
        const auto decision = decide_retry(after_status(status, 2), 0.25);
        EXPECT_TRUE(decision.retry);
        EXPECT_EQ(decision.delay, milliseconds{100});
        EXPECT_FALSE(decide_retry(after_status(status, 3), 0.25).retry);
    }
}

TEST(RetryPolicy, AnInternalErrorIsRetriedOnce) {
    EXPECT_TRUE(decide_retry(after_status(500, 1), 0.5).retry);
    EXPECT_FALSE(decide_retry(after_status(500, 2), 0.5).retry);
}

TEST(RetryPolicy, ThePageEndThatComesAs500IsNotRetried) {
    auto input = after_status(500);
    input.is_page_end = true;
    EXPECT_FALSE(decide_retry(input, 0.5).retry);
}

TEST(RetryPolicy, ClientErrorsAreNeverRetried) {
    for (int status = 400; status < 500; ++status) {
        if (status == 420 || status == 429) continue;
        EXPECT_FALSE(decide_retry(after_status(status), 0.5).retry) << status;
    }
}

TEST(RetryPolicy, SuccessIsNotRetried) {
    for (const int status : {200, 204, 301, 304}) {
        EXPECT_FALSE(decide_retry(after_status(status), 0.5).retry);
    }
}

TEST(RetryPolicy, TheLimitersRefusalsGoBackToTheGates) {
    for (const int status : {420, 429}) {
        const auto decision = decide_retry(after_status(status), 0.5);
        EXPECT_TRUE(decision.retry);
        EXPECT_EQ(decision.delay, seconds{0});
        EXPECT_FALSE(decide_retry(after_status(status, 3), 0.5).retry);
    }
}

TEST(RetryPolicy, TheGameServersLimiterGetsALongPauseAndOneRetry) {
    EXPECT_GE(decide_retry(after_status(520), 0.0).delay, seconds{5});
    EXPECT_LE(decide_retry(after_status(520), 0.999).delay, seconds{60});
    EXPECT_TRUE(decide_retry(after_status(520), 0.0).retry);
    EXPECT_FALSE(decide_retry(after_status(520, 2), 0.0).retry);
}

TEST(RetryPolicy, AStaleConnectionIsReplacedAtOnce) {
    auto input = after_failure(ErrorKind::ConnectionLost);
    input.on_reused_connection = true;
    EXPECT_TRUE(decide_retry(input, 0.9).retry);
    EXPECT_EQ(decide_retry(input, 0.9).delay, seconds{0});
}

TEST(RetryPolicy, ATruncatedBodyIsAskedForOnceMore) {
    EXPECT_TRUE(decide_retry(after_failure(ErrorKind::DecodeFailed, 1), 0.5).retry);
    EXPECT_FALSE(decide_retry(after_failure(ErrorKind::DecodeFailed, 2), 0.5).retry);
}

TEST(RetryPolicy, WhatWouldFailAgainIsNotRetried) {
    for (const auto kind : {ErrorKind::TlsFailed,
                            ErrorKind::HeadersTooLarge,
                            ErrorKind::BodyTooLarge,
                            ErrorKind::RedirectRefused,
                            ErrorKind::InvalidRequest,
                            ErrorKind::Cancelled,
                            ErrorKind::ClientClosed,
                            ErrorKind::DeadlineExceeded}) {
        EXPECT_FALSE(decide_retry(after_failure(kind), 0.5).retry);
    }
}

TEST(RetryPolicy, AMutationIsRepeatedOnlyIfItSurelyWasNotSent) {
    for (const auto method : {Method::Post, Method::Put, Method::Delete}) {
        for (const auto kind : kTransport) {
            auto input = after_failure(kind);
            input.method = method;
            input.on_reused_connection = true;
            EXPECT_FALSE(decide_retry(input, 0.5).retry);
            input.surely_not_sent = true;
            EXPECT_TRUE(decide_retry(input, 0.5).retry);
        }
        for (const int status : {420, 429, 500, 502, 503, 504, 520}) {
            auto input = after_status(status);
            input.method = method;
            input.surely_not_sent = true;  // an answer proves that it was
            EXPECT_FALSE(decide_retry(input, 0.5).retry);
        }
    }
}

TEST(RetryPolicy, WhatPassesTheDeadlineFailsNowWithTheTimeAttached) {
    auto input = after_status(503);
    input.retry_after = seconds{60};
    input.deadline = input.now + seconds{30};
    const auto decision = decide_retry(input, 0.5);
    EXPECT_FALSE(decision.retry);
    EXPECT_EQ(decision.retry_after, seconds{60});
}

TEST(RetryPolicy, NoRetryIsBeforeRetryAfterNorPastTheDeadline) {
    std::mt19937 draw{3};
    std::uniform_real_distribution<double> unit{0, 1};
    for (int round = 0; round < 20'000; ++round) {
        auto input = after_status(std::vector{500, 502, 503, 504, 520}[draw() % 5],
                                  1 + static_cast<int>(draw() % 3));
        if (draw() % 2 == 0) input.retry_after = milliseconds{draw() % 10'000};
        input.deadline = input.now + milliseconds{draw() % 20'000};
        const auto decision = decide_retry(input, unit(draw));
        if (!decision.retry) continue;
        EXPECT_LT(input.now + decision.delay, input.deadline);
        EXPECT_GE(decision.delay, input.retry_after.value_or(seconds{0}));
    }
}

}  // namespace
}  // namespace pyesi::scheduler

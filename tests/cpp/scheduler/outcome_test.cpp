#include "scheduler/outcome.h"

#include "scheduler/token_cost.h"

#include <gtest/gtest.h>

namespace pyesi::scheduler {
namespace {

using base::ErrorKind;
using End = Outcome::End;

TEST(Outcome, FailuresBeforeTheSendingNeverReachedEsi) {
    for (const auto kind : {ErrorKind::NameNotResolved,
                            ErrorKind::ConnectFailed,
                            ErrorKind::ConnectTimedOut,
                            ErrorKind::TlsFailed}) {
        EXPECT_EQ(failed(kind, false).end, End::NeverSent);
        EXPECT_EQ(token_cost(failed(kind, false)), 0U);
    }
}

TEST(Outcome, WhatTheTransportKnowsToBeUnsentIsUnsent) {
    EXPECT_EQ(failed(ErrorKind::ConnectionLost, true).end, End::NeverSent);
    EXPECT_EQ(failed(ErrorKind::Cancelled, true).end, End::NeverSent);
}

TEST(Outcome, WhatBrokeOffIsLostAndWhatWasEndedHereIsGivenUp) {
    for (const auto kind : {ErrorKind::ConnectionLost,
                            ErrorKind::ReadTimedOut,
                            ErrorKind::WriteTimedOut,
                            ErrorKind::BodyTooLarge,
                            ErrorKind::ProtocolViolated}) {
        EXPECT_EQ(failed(kind, false).end, End::Lost);
    }
    for (const auto kind :
         {ErrorKind::Cancelled, ErrorKind::ClientClosed, ErrorKind::DeadlineExceeded}) {
        EXPECT_EQ(failed(kind, false).end, End::GivenUp);
        EXPECT_EQ(token_cost(failed(kind, false)), kUsualCost);
    }
}

}  // namespace
}  // namespace pyesi::scheduler

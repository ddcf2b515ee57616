#include "metrics/outcome.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace pyesi::metrics {
namespace {

using base::ErrorKind;

TEST(Outcome, EachHasALabelOfItsOwnInLowerCase) {
    std::set<std::string> labels;
    for (const auto outcome : kOutcomes) {
        const std::string label = name_of(outcome);
        EXPECT_TRUE(std::ranges::all_of(label, [](char letter) {
            return (letter >= 'a' && letter <= 'z') || letter == '_';
        })) << label;
        labels.insert(label);
    }
    EXPECT_EQ(labels.size(), kOutcomeCount);
}

TEST(Outcome, OfAStatusIsItsClassButForTheLimiters) {
    for (int status = 100; status < 600; ++status) {
        auto expected = Outcome::Network;
        if (status >= 400) expected = Outcome::ClientError;
        if (status >= 500) expected = Outcome::ServerError;
        if (status == 420 || status == 429) expected = Outcome::Limited;
        EXPECT_EQ(outcome_of_status(status), expected) << status;
    }
}

TEST(Outcome, OfAFailureIsNeverOneOfAResponse) {
    const auto last = static_cast<int>(ErrorKind::CacheMiss);
    for (int kind = 0; kind <= last; ++kind) {
        const auto outcome = outcome_of_failure(static_cast<ErrorKind>(kind));
        EXPECT_GE(outcome, Outcome::Invalid) << kind;
    }
}

TEST(Outcome, GroupsFailuresByWhereTheyEnded) {
    EXPECT_EQ(outcome_of_failure(ErrorKind::InvalidRequest), Outcome::Invalid);
    EXPECT_EQ(outcome_of_failure(ErrorKind::ConnectionLost), Outcome::TransportFailed);
    EXPECT_EQ(outcome_of_failure(ErrorKind::ReadTimedOut), Outcome::TimedOut);
    EXPECT_EQ(outcome_of_failure(ErrorKind::WindowClosed), Outcome::Refused);
    EXPECT_EQ(outcome_of_failure(ErrorKind::DeadlineExceeded),
              Outcome::DeadlineExceeded);
    EXPECT_EQ(outcome_of_failure(ErrorKind::Cancelled), Outcome::Cancelled);
    EXPECT_EQ(outcome_of_failure(ErrorKind::DecodeFailed), Outcome::Unacceptable);
}

TEST(PerOutcome, KeepsOneForEach) {
    PerOutcome<int> numbers;
    for (const auto outcome : kOutcomes)
        numbers[outcome] = static_cast<int>(outcome) + 1;
    for (const auto outcome : kOutcomes) {
        EXPECT_EQ(numbers[outcome], static_cast<int>(outcome) + 1);
    }
}

}  // namespace
}  // namespace pyesi::metrics

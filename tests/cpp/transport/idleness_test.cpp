#include "transport/idleness.h"

#include <gtest/gtest.h>

namespace pyesi::transport {
namespace {

using base::ErrorKind;
using base::TimePoint;
using std::chrono::seconds;

constexpr Timeouts kTimeouts{
    .connect = seconds{1}, .read = seconds{40}, .write = seconds{20}};
constexpr TimePoint kStart{seconds{1000}};

Idleness since_start(bool sending) {
    return {.sending = sending, .uploaded = 0, .moved_at = kStart};
}

TEST(Idleness, ReadingEndsExactlyAtItsTimeOut) {
    const auto idle = since_start(false);
    const auto before =
        decide_idle(idle, kTimeouts, kStart + seconds{40} - base::Duration{1});
    EXPECT_FALSE(before.failure);
    EXPECT_EQ(before.look_again, kStart + seconds{40});
    EXPECT_EQ(decide_idle(idle, kTimeouts, kStart + seconds{40}).failure,
              ErrorKind::ReadTimedOut);
}

TEST(Idleness, WritingHasItsOwnTimeOutAndIsLookedAtMoreOften) {
    const auto idle = since_start(true);
    const auto first = decide_idle(idle, kTimeouts, kStart);
    EXPECT_FALSE(first.failure);
    EXPECT_EQ(first.look_again, kStart + seconds{5});
    EXPECT_EQ(decide_idle(idle, kTimeouts, kStart + seconds{18}).look_again,
              kStart + seconds{20});
    EXPECT_EQ(decide_idle(idle, kTimeouts, kStart + seconds{20}).failure,
              ErrorKind::WriteTimedOut);
}

TEST(Idleness, ALookNeverComesBeforeNowNorPastTheDeadline) {
    for (const bool sending : {false, true}) {
        const auto idle = since_start(sending);
        for (int second = 0; second < 60; ++second) {
            const auto now = kStart + seconds{second};
            const auto verdict = decide_idle(idle, kTimeouts, now);
            const auto deadline = kStart + seconds{sending ? 20 : 40};
            EXPECT_EQ(verdict.failure.has_value(), now >= deadline);
            if (verdict.failure) continue;
            EXPECT_GT(verdict.look_again, now);
            EXPECT_LE(verdict.look_again, deadline);
        }
    }
}

}  // namespace
}  // namespace pyesi::transport

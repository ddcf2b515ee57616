// What every Transport promises, tried on the one of libcurl and on the fake of the
// other tests: a fake that kept other promises would prove nothing.

#include "fakes/fake_transport.h"
#include "transport/raw_server.h"
#include "transport/transport_run.h"

#include <gtest/gtest.h>

#include <set>

namespace pyesi::transport {
namespace {

constexpr std::string_view kAnswered = "/answered";
constexpr std::string_view kHeld = "/held";

/// libcurl against a server that answers what is to be answered and else is silent.
class CurlSubject {
public:
    CurlSubject()
        : server_{[](Peer& peer) {
              while (const auto request = peer.read_request()) {
                  const bool held = request->find(kHeld) != std::string::npos;
                  if (held) peer.hold();
                  if (held || !peer.send(answer("yes"))) return;
              }
          }} {}

    Transport& transport() const { return *run_.transport; }
    Ends& ends() { return run_.ends; }
    TransferId start(std::string_view target) {
        return run_.start(get_of(server_.url(target)));
    }
    bool run_until(const std::function<bool()>& done) { return run_.run_until(done); }
    void destroy() { run_.transport.reset(); }

private:
    RawServer server_;
    TransportRun run_;
};

class FakeSubject {
public:
    FakeSubject() : fake_{std::make_unique<fakes::FakeTransport>()} {
        fake_->answer = [](const TransferRequest& request) {
            const bool held = request.url.ends_with(kHeld);
            return held ? std::nullopt
                        : std::optional{fakes::FakeTransport::reply(200, "yes")};
        };
    }

    Transport& transport() const { return *fake_; }
    Ends& ends() { return ends_; }
    TransferId start(std::string_view target) {
        return fake_->start(get_of(std::string{"http://fake.test"}.append(target)),
                            ends_.completion());
    }
    bool run_until(const std::function<bool()>& done) {
        while (!done()) {
            if (fake_->deliver() == 0) return done();
        }
        return true;
    }
    void destroy() { fake_.reset(); }

private:
    Ends ends_;
    std::unique_ptr<fakes::FakeTransport> fake_;
};

template <class Subject>
class TransportContract : public testing::Test {
protected:
    Ends& ends() { return subject.ends(); }

    bool ended(TransferId id) {
        return subject.run_until([&] { return ends().count(id) > 0; });
    }

    /// Lets whatever is still under way come out.
    void run_one_more() { ASSERT_TRUE(ended(subject.start(kAnswered))); }

    base::ErrorKind kind_of_end(TransferId id) {
        return std::get<TransferFailure>(ends().of(id)).failure.kind;
    }

    Subject subject;
};

using Subjects = testing::Types<CurlSubject, FakeSubject>;
TYPED_TEST_SUITE(TransportContract, Subjects);

TYPED_TEST(TransportContract, EndsOnceWithTheReplyAndNotInsideStart) {
    const auto id = this->subject.start(kAnswered);
    EXPECT_NE(id, 0U);
    EXPECT_EQ(this->ends().count(), 0U);
    ASSERT_TRUE(this->ended(id));
    const auto& reply = std::get<TransferReply>(this->ends().of(id));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body.view(), "yes");
    EXPECT_GE(reply.sends, 1);
    this->run_one_more();
    EXPECT_EQ(this->ends().count(id), 1U);
}

TYPED_TEST(TransportContract, EndsOnceWithCancelledAfterStopAndNotInsideIt) {
    const auto id = this->subject.start(kHeld);
    this->run_one_more();
    this->subject.transport().stop(id);
    EXPECT_EQ(this->ends().count(id), 0U);
    ASSERT_TRUE(this->ended(id));
    EXPECT_EQ(this->kind_of_end(id), base::ErrorKind::Cancelled);
    this->subject.transport().stop(id);
    this->run_one_more();
    EXPECT_EQ(this->ends().count(id), 1U);
}

TYPED_TEST(TransportContract, StopRightAfterStartSendsNothing) {
    const auto id = this->subject.start(kHeld);
    this->subject.transport().stop(id);
    this->subject.transport().stop(id);
    ASSERT_TRUE(this->ended(id));
    const auto& failure = std::get<TransferFailure>(this->ends().of(id));
    EXPECT_EQ(failure.failure.kind, base::ErrorKind::Cancelled);
    EXPECT_EQ(failure.sends, 0);
    EXPECT_TRUE(failure.surely_not_sent);
    this->run_one_more();
    EXPECT_EQ(this->ends().count(id), 1U);
}

TYPED_TEST(TransportContract, StopAfterTheEndOrOfNothingDoesNothing) {
    const auto id = this->subject.start(kAnswered);
    ASSERT_TRUE(this->ended(id));
    this->subject.transport().stop(id);
    this->subject.transport().stop(0);
    this->subject.transport().stop(~TransferId{0});
    this->run_one_more();
    EXPECT_EQ(this->ends().count(id), 1U);
    EXPECT_EQ(this->ends().count(), 2U);
}

TYPED_TEST(TransportContract, NumbersAreNotUsedAgain) {
    std::set<TransferId> seen;
    for (int i = 0; i < 20; ++i) {
        const auto id = this->subject.start(i % 2 == 0 ? kAnswered : kHeld);
        this->subject.transport().stop(id);
        ASSERT_TRUE(this->ended(id));
        EXPECT_TRUE(seen.insert(id).second);
    }
}

TYPED_TEST(TransportContract, CompletionsMayStartAndStopOthers) {
    const auto held = this->subject.start(kHeld);
    const auto first = this->subject.start(kAnswered);
    TransferId second = 0;
    this->ends().then = [&](TransferId id) {
        if (id != first) return;
        this->subject.transport().stop(held);
        second = this->subject.start(kAnswered);
    };
    ASSERT_TRUE(this->ended(first));
    ASSERT_TRUE(this->ended(held));
    ASSERT_TRUE(this->ended(second));
    EXPECT_EQ(this->kind_of_end(held), base::ErrorKind::Cancelled);
    EXPECT_TRUE(std::holds_alternative<TransferReply>(this->ends().of(second)));
}

TYPED_TEST(TransportContract, CountsWhatIsInFlight) {
    const auto id = this->subject.start(kHeld);
    EXPECT_EQ(this->subject.transport().statistics().in_flight, 1U);
    this->subject.transport().stop(id);
    ASSERT_TRUE(this->ended(id));
    EXPECT_EQ(this->subject.transport().statistics().in_flight, 0U);
}

TYPED_TEST(TransportContract, CloseEndsEverythingBeforeItReturns) {
    const auto held = this->subject.start(kHeld);
    this->run_one_more();
    const auto fresh = this->subject.start(kHeld);
    const auto stopped = this->subject.start(kHeld);
    this->subject.transport().stop(stopped);
    this->subject.transport().close();
    for (const auto id : {held, fresh, stopped}) {
        ASSERT_EQ(this->ends().count(id), 1U);
    }
    EXPECT_EQ(this->kind_of_end(held), base::ErrorKind::ClientClosed);
    EXPECT_EQ(this->kind_of_end(fresh), base::ErrorKind::ClientClosed);
    EXPECT_EQ(this->kind_of_end(stopped), base::ErrorKind::Cancelled);
}

TYPED_TEST(TransportContract, AfterCloseAStartEndsWithClientClosedAndNotInsideIt) {
    this->subject.transport().close();
    this->subject.transport().close();
    const auto id = this->subject.start(kAnswered);
    EXPECT_EQ(this->ends().count(id), 0U);
    ASSERT_TRUE(this->ended(id));
    EXPECT_EQ(this->kind_of_end(id), base::ErrorKind::ClientClosed);
}

TYPED_TEST(TransportContract, ACompletionThatStartsAnotherWhileClosingHasItEndToo) {
    const auto held = this->subject.start(kHeld);
    TransferId another = 0;
    this->ends().then = [&](TransferId id) {
        if (id == held) another = this->subject.start(kAnswered);
    };
    this->subject.transport().close();
    ASSERT_EQ(this->ends().count(another), 1U);
    EXPECT_EQ(this->kind_of_end(another), base::ErrorKind::ClientClosed);
}

TYPED_TEST(TransportContract, DestructionEndsEverything) {
    const auto held = this->subject.start(kHeld);
    this->run_one_more();
    const auto fresh = this->subject.start(kAnswered);
    this->subject.destroy();
    EXPECT_EQ(this->ends().count(held), 1U);
    EXPECT_EQ(this->ends().count(fresh), 1U);
}

}  // namespace
}  // namespace pyesi::transport

// A resolver that hangs: the function that libcurl's resolver threads call is
// replaced by one that waits for a name of ours.

#include "transport/raw_server.h"
#include "transport/transport_run.h"

#include <dlfcn.h>
#include <netdb.h>

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace pyesi::transport {
namespace {

constexpr std::string_view kHangs = "hangs.test";

/// Whoever asks for the name waits here until let go.
class Hang {
public:
    void wait() {
        std::unique_lock lock{mutex_};
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return over_; });
        --waiting_;
        changed_.notify_all();
    }

    void wait_for_somebody() {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [&] { return waiting_ > 0; });
    }

    void begin() {
        const std::lock_guard lock{mutex_};
        over_ = false;
    }

    /// Lets all go, and returns when they are gone.
    void end() {
        std::unique_lock lock{mutex_};
        over_ = true;
        changed_.notify_all();
        changed_.wait(lock, [&] { return waiting_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    bool over_ = true;
};

Hang& hang() {
    static Hang the_only_one;
    return the_only_one;
}

}  // namespace
}  // namespace pyesi::transport

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node,
                                                                  const char* service,
                                                                  const addrinfo* hints,
                                                                  addrinfo** result) {
    using namespace pyesi::transport;  // NOLINT(google-build-using-namespace)
    if (node != nullptr && node == kHangs) {
        hang().wait();
        return EAI_NONAME;
    }
    static const auto real =
        reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(node, service, hints, result);
}

namespace pyesi::transport {
namespace {

class CurlResolver : public testing::Test {
protected:
    void SetUp() override { hang().begin(); }
    void TearDown() override { hang().end(); }
};

TEST_F(CurlResolver, OneThatHangsHoldsUpNeitherOthersNorAStopNorAClose) {
    using std::chrono::seconds;
    const RawServer server{always(answer("x"))};
    const auto url = std::string{"http://"}.append(kHangs).append("/");
    TransportRun run;
    const auto stopped = run.start(get_of(url));
    const auto closed = run.start(get_of(url));
    run.loop.restart();
    run.loop.poll();
    hang().wait_for_somebody();

    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) run.reply_to(get_of(server.url("/")));
    run.transport->stop(stopped);
    ASSERT_TRUE(run.run_until([&] { return run.ends.count(stopped) > 0; }));
    EXPECT_EQ(run.reply_to(get_of(server.url("/"))).status, 200);
    run.transport.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds{2});
    EXPECT_EQ(run.ends.count(closed), 1U);
}

TEST_F(CurlResolver, OneThatHangsTimesOutAsAConnection) {
    const RawServer server{always(answer("x"))};
    TransportRun run;
    auto request = get_of(std::string{"http://"}.append(kHangs).append("/"));
    request.timeouts.connect = std::chrono::milliseconds{80};
    const auto failure = run.failure_of(std::move(request));
    EXPECT_TRUE(failure.surely_not_sent);
    EXPECT_EQ(failure.failure.kind, base::ErrorKind::ConnectTimedOut);
}

}  // namespace
}  // namespace pyesi::transport

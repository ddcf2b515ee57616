// What must be so over many transfers: nothing is lost, nothing is left, nothing spins.

#include "transport/raw_server.h"
#include "transport/transport_run.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <utility>

namespace pyesi::transport {
namespace {

using std::chrono::milliseconds;

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// CPU time of this thread.
base::Duration cpu_time() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    const auto total_of = [](const timeval& time) {
        return std::chrono::seconds{time.tv_sec} +
               std::chrono::microseconds{time.tv_usec};
    };
    return total_of(usage.ru_utime) + total_of(usage.ru_stime);
}

/// Keeps `width` transfers under way until `total` have been started.
void run_many(TransportRun& run, const std::string& url, int total, int width) {
    int started = 0;
    std::size_t ended = 0;
    run.ends.then = [&](TransferId) {
        ++ended;
        if (started < total) {
            ++started;
            run.start(get_of(url));
        }
    };
    for (; started < width; ++started) run.start(get_of(url));
    ASSERT_TRUE(run.run_until([&] { return std::cmp_equal(ended, total); }));
    run.ends.then = nullptr;
}

TEST(CurlLifetime, ManyInTurnAndManyAtOnceLeaveNoDescriptor) {
    const RawServer server{always(answer("x"))};
    const auto before = open_descriptors();
    {
        TransportRun run;
        run_many(run, server.url("/"), 10'000, 1);
        EXPECT_EQ(server.connections(), 1);
        run_many(run, server.url("/"), 5'000, 64);
        EXPECT_LE(server.connections(), 64);
        for (const auto id : run.ends.order()) {
            ASSERT_EQ(run.ends.count(id), 1U);
            ASSERT_TRUE(std::holds_alternative<TransferReply>(run.ends.of(id)));
        }
        const auto now = run.transport->statistics();
        EXPECT_EQ(now.in_flight + now.waiting + now.connecting, 0U);
        EXPECT_EQ(now.http1.active, 0U);
        EXPECT_EQ(now.http1.opened, static_cast<std::uint64_t>(server.connections()));
    }
    // The server's ends of the connections go when its threads have seen it.
    for (int i = 0; i < 1000 && open_descriptors() > before; ++i) {
        std::this_thread::sleep_for(milliseconds{5});
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(CurlLifetime, HoldsBackWhatExceedsTheConnections) {
    RawServer server{always(answer("x"))};
    TransportSettings settings;
    settings.max_connections_per_host = 3;
    TransportRun run{settings};
    std::vector<TransferId> ids;
    ids.reserve(100);
    for (int i = 0; i < 100; ++i) ids.push_back(run.start(get_of(server.url("/"))));
    EXPECT_EQ(run.transport->statistics().in_flight, 3U);
    EXPECT_EQ(run.transport->statistics().waiting, 97U);
    run.transport->stop(ids.at(50));
    EXPECT_EQ(run.transport->statistics().waiting, 96U);
    ASSERT_TRUE(run.run_until([&] { return run.ends.count() == 100; }));
    EXPECT_LE(server.connections(), 3);
    EXPECT_EQ(server.requests().size(), 99U);
}

TEST(CurlLifetime, OneThatWaitsGoesFirstComeFirstServed) {
    const RawServer server{always(answer("x"))};
    TransportSettings settings;
    settings.max_connections_per_host = 1;
    TransportRun run{settings};
    std::vector<TransferId> ids;
    ids.reserve(100);
    for (int i = 0; i < 20; ++i) ids.push_back(run.start(get_of(server.url("/"))));
    ASSERT_TRUE(run.run_until([&] { return run.ends.count() == 20; }));
    EXPECT_EQ(run.ends.order(), ids);
}

TEST(CurlLifetime, ConnectionsClosedByTheServerDoNotSpin) {
    RawServer server{always(answer("x"))};
    TransportRun run;
    run_many(run, server.url("/"), 200, 32);
    server.drop_connections();
    const auto before = cpu_time();
    std::size_t handlers = 0;
    const auto end = std::chrono::steady_clock::now() + milliseconds{300};
    run.loop.restart();
    while (std::chrono::steady_clock::now() < end) {
        handlers += run.loop.run_one_until(end);
    }
    // Each of the 32 connections says once that it is over.
    EXPECT_LE(handlers, 40U);
    EXPECT_LT(cpu_time() - before, milliseconds{50});
    EXPECT_EQ(run.reply_to(get_of(server.url("/"))).status, 200);
}

TEST(CurlLifetime, AnIdleTransportSleeps) {
    const RawServer server{always(answer("x"))};
    TransportRun run;
    auto request = get_of(server.url("/"));
    request.timeouts = {milliseconds{60}, milliseconds{60}, milliseconds{60}};
    for (int i = 0; i < 10; ++i) run.reply_to(request);
    // What was set for the transfers above may fire once; after that nothing does.
    run.loop.restart();
    run.loop.run_for(milliseconds{150});
    run.loop.restart();
    EXPECT_EQ(run.loop.run_for(milliseconds{200}), 0U);
}

TEST(CurlLifetime, AStopAtAnyPointEndsOnceAndTheNextRequestWorks) {
    const RawServer server{always(answer(std::string(200'000, 'x')))};
    TransportRun run;
    for (int handlers = 0; handlers < 40; ++handlers) {
        const auto id = run.start(get_of(server.url("/")));
        run.loop.restart();
        for (int i = 0; i < handlers && run.ends.count(id) == 0; ++i) {
            run.loop.run_one_for(milliseconds{100});
        }
        run.transport->stop(id);
        ASSERT_TRUE(run.run_until([&] { return run.ends.count(id) > 0; }));
        ASSERT_EQ(run.reply_to(get_of(server.url("/"))).body.size(), 200'000U);
        EXPECT_EQ(run.ends.count(id), 1U);
        EXPECT_EQ(run.transport->statistics().in_flight, 0U);
    }
}

TEST(CurlLifetime, AStopWhileTheNameResolvesDoesNotWait) {
    TransportRun run;
    const auto id = run.start(get_of("http://nobody.invalid/"));
    run.loop.restart();
    run.loop.run_one_for(milliseconds{100});
    const auto begun = std::chrono::steady_clock::now();
    run.transport->stop(id);
    ASSERT_TRUE(run.run_until([&] { return run.ends.count(id) > 0; }));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{1});
}

TEST(CurlLifetime, CloseWithManyInFlightEndsEachOnce) {
    const RawServer server{[](Peer& peer) { peer.hold(); }};
    TransportRun run;
    for (int i = 0; i < 200; ++i) run.start(get_of(server.url("/")));
    run.loop.restart();
    run.loop.run_for(milliseconds{50});
    run.transport->close();
    EXPECT_EQ(run.ends.count(), 200U);
    for (const auto id : run.ends.order()) EXPECT_EQ(run.ends.count(id), 1U);
    EXPECT_EQ(run.transport->statistics().http1.open, 0U);
}

TEST(CurlLifetime, HandlersThatOutliveTheTransportDoNothing) {
    const RawServer server{always(answer("x"))};
    TransportRun run;
    for (int i = 0; i < 20; ++i) run.start(get_of(server.url("/")));
    run.loop.restart();
    for (int i = 0; i < 10; ++i) run.loop.run_one_for(milliseconds{20});
    run.transport.reset();
    EXPECT_EQ(run.ends.count(), 20U);
    run.loop.restart();
    run.loop.run_for(milliseconds{30});
    EXPECT_EQ(run.ends.count(), 20U);
}

TEST(CurlLifetime, TheLoopMayGoWithHandlersInIt) {
    const RawServer server{always(answer("x"))};
    auto run = std::make_unique<TransportRun>();
    for (int i = 0; i < 20; ++i) run->start(get_of(server.url("/")));
    run->transport->close();
    EXPECT_EQ(run->ends.count(), 20U);
    run.reset();
}

TEST(CurlLifetime, AChildThatAbandonsItTouchesNothingOfTheParents) {
    const RawServer server{always(answer("x"))};
    TransportRun run;
    run.reply_to(get_of(server.url("/")));
    const auto held = run.start(get_of(server.url("/")));
    const auto child = ::fork();
    if (child == 0) {
        const auto before = open_descriptors();
        run.transport->abandon();
        run.transport.reset();
        const bool untouched =
            run.ends.count(held) == 0 && open_descriptors() == before;
        ::_exit(untouched ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    ASSERT_TRUE(run.run_until([&] { return run.ends.count(held) > 0; }));
    EXPECT_TRUE(std::get<TransferReply>(run.ends.of(held)).reused_connection);
    EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace pyesi::transport

#include "transport/connection_pool.h"

#include <gtest/gtest.h>

namespace pyesi::transport {
namespace {

TransportSettings small_settings() {
    TransportSettings settings;
    settings.max_connections_per_host = 3;
    settings.max_http2_connections = 2;
    settings.max_connections_total = 5;
    return settings;
}

/// Starts and sends as many requests as there is room for.
int fill(ConnectionPool& pool, Lane& lane) {
    int count = 0;
    while (pool.has_room(lane)) {
        pool.on_started(lane);
        pool.on_first_sent(lane);
        ++count;
    }
    return count;
}

void start_and_send(ConnectionPool& pool, Lane& lane) {
    pool.on_started(lane);
    pool.on_first_sent(lane);
}

TEST(ConnectionPool, AnOriginHasOneLane) {
    ConnectionPool pool{small_settings()};
    EXPECT_EQ(&pool.lane("http://a"), &pool.lane("http://a"));
    EXPECT_NE(&pool.lane("http://a"), &pool.lane("http://b"));
    EXPECT_NE(&pool.lane("http://a"), &pool.lane("https://a"));
}

TEST(ConnectionPool, PlainRequestsHoldOneConnectionEach) {
    ConnectionPool pool{small_settings()};
    auto& lane = pool.lane("http://a");
    EXPECT_EQ(fill(pool, lane), 3);
    pool.on_ended(lane, true);
    EXPECT_TRUE(pool.has_room(lane));
}

TEST(ConnectionPool, AllOriginsTogetherHaveABoundToo) {
    ConnectionPool pool{small_settings()};
    EXPECT_EQ(fill(pool, pool.lane("http://a")), 3);
    EXPECT_EQ(fill(pool, pool.lane("http://b")), 2);
    EXPECT_FALSE(pool.has_room(pool.lane("http://c")));
    pool.on_ended(pool.lane("http://a"), true);
    EXPECT_TRUE(pool.has_room(pool.lane("http://c")));
}

TEST(ConnectionPool, OverTlsOneGoesAheadUntilItIsConnected) {
    ConnectionPool pool{small_settings()};
    auto& lane = pool.lane("https://a");
    ASSERT_TRUE(pool.has_room(lane));
    EXPECT_TRUE(ConnectionPool::is_untried(lane));
    pool.on_started(lane);
    EXPECT_FALSE(pool.has_room(lane));
    pool.on_first_sent(lane);
    pool.on_connected(lane, 7);
    EXPECT_FALSE(ConnectionPool::is_untried(lane));
    EXPECT_TRUE(pool.has_room(lane));
    EXPECT_EQ(fill(pool, lane), 2) << "as if it were HTTP/1.1, until the first answer";
}

TEST(ConnectionPool, TheNextGoesAheadWhenTheFirstCouldNotConnect) {
    ConnectionPool pool{small_settings()};
    auto& lane = pool.lane("https://a");
    pool.on_started(lane);
    pool.on_ended(lane, false);
    EXPECT_TRUE(pool.has_room(lane));
    EXPECT_EQ(lane.connecting, 0);
}

TEST(ConnectionPool, Http2CarriesAHundredRequestsAConnection) {
    ConnectionPool pool{small_settings()};
    auto& lane = pool.lane("https://a");
    start_and_send(pool, lane);
    pool.on_connected(lane, 7);
    pool.on_version(7, 2);
    while (lane.in_flight < ConnectionPool::kStreams) {
        ASSERT_TRUE(pool.has_room(lane));
        start_and_send(pool, lane);
    }
    ASSERT_TRUE(pool.has_room(lane)) << "one goes ahead to the second connection";
    pool.on_started(lane);
    EXPECT_FALSE(pool.has_room(lane));
    pool.on_first_sent(lane);
    pool.on_connected(lane, 8);
    EXPECT_EQ(fill(pool, lane), ConnectionPool::kStreams - 1)
        << "and no third one, before it is known what the second speaks";
    pool.on_version(8, 2);
    EXPECT_FALSE(pool.has_room(lane));
    EXPECT_EQ(lane.in_flight, 2 * ConnectionPool::kStreams);
}

TEST(ConnectionPool, ManyStreamsCountAsTheirConnectionsInAll) {
    ConnectionPool pool{small_settings()};
    auto& lane = pool.lane("https://a");
    start_and_send(pool, lane);
    pool.on_connected(lane, 7);
    pool.on_version(7, 2);
    while (lane.in_flight < 50) start_and_send(pool, lane);
    EXPECT_EQ(fill(pool, pool.lane("http://b")), 3);
}

TEST(ConnectionPool, WithoutHttp2TlsIsAsPlain) {
    auto settings = small_settings();
    settings.http2 = false;
    ConnectionPool pool{settings};
    EXPECT_EQ(fill(pool, pool.lane("https://a")), 3);
}

TEST(ConnectionPool, ForgetsTheVersionWithTheLastConnection) {
    ConnectionPool pool{small_settings()};
    auto& lane = pool.lane("https://a");
    start_and_send(pool, lane);
    pool.on_connected(lane, 7);
    pool.on_version(7, 11);
    EXPECT_EQ(lane.version, Lane::Version::Http1);
    pool.on_ended(lane, true);
    pool.on_closed(7);
    EXPECT_EQ(lane.version, Lane::Version::Unknown);
    EXPECT_TRUE(ConnectionPool::is_untried(lane));
}

TEST(ConnectionPool, CountsConnectionsByVersion) {
    ConnectionPool pool{small_settings()};
    auto& plain = pool.lane("http://a");
    auto& secure = pool.lane("https://a");
    start_and_send(pool, plain);
    pool.on_connected(plain, 4);
    start_and_send(pool, plain);
    pool.on_connected(plain, 5);
    pool.on_ended(plain, true);
    start_and_send(pool, plain);
    pool.on_reused(plain);
    start_and_send(pool, secure);
    pool.on_connected(secure, 6);
    pool.on_version(6, 2);
    pool.on_ended(plain, true);

    const auto now = pool.statistics();
    EXPECT_EQ(now.http1.open, 2U);
    EXPECT_EQ(now.http1.active, 1U);
    EXPECT_EQ(now.http1.idle, 1U);
    EXPECT_EQ(now.http1.opened, 2U);
    EXPECT_EQ(now.http1.reused, 1U);
    EXPECT_EQ(now.http2.open, 1U);
    EXPECT_EQ(now.http2.active, 1U);
    EXPECT_EQ(now.in_flight, 2U);

    pool.on_closed(4);
    pool.on_closed(4);
    pool.on_closed(99);
    EXPECT_EQ(pool.statistics().http1.open, 1U);
    EXPECT_EQ(pool.statistics().http1.closed, 1U);
}

}  // namespace
}  // namespace pyesi::transport

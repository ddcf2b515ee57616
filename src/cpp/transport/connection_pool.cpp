#include "transport/connection_pool.h"

#include <algorithm>
#include <utility>

namespace pyesi::transport {

namespace {

int open_connections(const Lane& lane) noexcept {
    return lane.http1_open + lane.http2_open + lane.new_open;
}

int connections_of(const Lane& lane) noexcept {
    if (lane.version != Lane::Version::Http2) return lane.in_flight;
    return lane.http2_open + std::min(lane.connecting, 1);
}

std::uint64_t active_http1(const Lane& lane) noexcept {
    if (lane.version == Lane::Version::Http2) return 0;
    return static_cast<std::uint64_t>(
        std::clamp(lane.in_flight - lane.connecting, 0, lane.http1_open));
}

// libcurl fills one connection before it takes the next.
std::uint64_t active_http2(const Lane& lane) noexcept {
    constexpr int kStreams = ConnectionPool::kStreams;
    if (lane.version != Lane::Version::Http2) return 0;
    const int sent = std::max(lane.in_flight - lane.connecting, 0);
    return static_cast<std::uint64_t>(
        std::min((sent + kStreams - 1) / kStreams, lane.http2_open));
}

}  // namespace

ConnectionPool::ConnectionPool(TransportSettings settings)
    : settings_{std::move(settings)} {}

Lane& ConnectionPool::lane(std::string_view origin) {
    const auto known = std::ranges::find_if(
        lanes_, [&](const auto& lane) { return lane->origin == origin; });
    if (known != lanes_.end()) return **known;
    auto& lane = *lanes_.emplace_back(std::make_unique<Lane>());
    lane.origin = origin;
    lane.may_multiplex = offers_http2(settings_, origin);
    return lane;
}

bool ConnectionPool::has_room(const Lane& lane) const noexcept {
    return has_room_in_lane(lane) &&
           (in_flight_ < settings_.max_connections_total || has_room_in_all());
}

bool ConnectionPool::is_untried(const Lane& lane) noexcept {
    return lane.may_multiplex && lane.version == Lane::Version::Unknown &&
           lane.new_open == 0;
}

void ConnectionPool::on_started(Lane& lane) noexcept {
    ++in_flight_;
    ++lane.in_flight;
    ++lane.connecting;
}

void ConnectionPool::on_first_sent(Lane& lane) noexcept {
    --lane.connecting;
}

void ConnectionPool::on_ended(Lane& lane, bool was_sent) noexcept {
    --in_flight_;
    --lane.in_flight;
    if (!was_sent) --lane.connecting;
}

void ConnectionPool::on_connected(Lane& lane, int socket) {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= connections_.size()) connections_.resize(index + 1);
    auto& connection = connections_[index];
    connection = {&lane, Lane::Version::Unknown};
    ++lane.new_open;
    if (!lane.may_multiplex) settle_version(connection, Lane::Version::Http1);
}

void ConnectionPool::on_version(int socket, int http_version) {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= connections_.size()) return;
    auto& connection = connections_[index];
    if (connection.lane == nullptr) return;
    if (connection.version != Lane::Version::Unknown) return;
    settle_version(connection,
                   http_version == 2 ? Lane::Version::Http2 : Lane::Version::Http1);
}

void ConnectionPool::on_closed(int socket) noexcept {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= connections_.size()) return;
    const Connection connection = connections_[index];
    if (connection.lane == nullptr) return;
    connections_[index] = {};
    auto& lane = *connection.lane;
    --open_count(lane, connection.version);
    if (connection.version != Lane::Version::Unknown) {
        --counts(connection.version).open;
        ++counts(connection.version).closed;
    }
    if (open_connections(lane) == 0) lane.version = Lane::Version::Unknown;
}

void ConnectionPool::on_reused(const Lane& lane) noexcept {
    ++counts(lane.version).reused;
}

PoolStatistics ConnectionPool::statistics() const noexcept {
    PoolStatistics now;
    now.http1 = http1_counts_;
    now.http2 = http2_counts_;
    now.in_flight = static_cast<std::uint64_t>(in_flight_);
    for (const auto& lane : lanes_) {
        now.http1.active += active_http1(*lane);
        now.http2.active += active_http2(*lane);
        now.connecting += static_cast<std::uint64_t>(lane->connecting);
    }
    now.http1.idle = now.http1.open - now.http1.active;
    now.http2.idle = now.http2.open - now.http2.active;
    return now;
}

bool ConnectionPool::has_room_in_all() const noexcept {
    int in_use = 0;
    for (const auto& lane : lanes_) in_use += connections_of(*lane);
    return in_use < settings_.max_connections_total;
}

bool ConnectionPool::has_room_in_lane(const Lane& lane) const noexcept {
    if (lane.may_multiplex && lane.version == Lane::Version::Unknown) {
        if (lane.new_open == 0) return lane.in_flight == 0;
        return lane.in_flight < std::min(settings_.max_connections_per_host, kStreams);
    }
    if (lane.version != Lane::Version::Http2)
        return lane.in_flight < settings_.max_connections_per_host;
    // What is new will speak as the others do.
    const int open = lane.http2_open + lane.new_open;
    if (lane.in_flight < kStreams * open) return true;
    // One goes ahead and opens the next connection.
    return open < settings_.max_http2_connections && lane.connecting == 0;
}

ConnectionCounts& ConnectionPool::counts(Lane::Version version) noexcept {
    return version == Lane::Version::Http2 ? http2_counts_ : http1_counts_;
}

int& ConnectionPool::open_count(Lane& lane, Lane::Version version) noexcept {
    switch (version) {
        case Lane::Version::Http1: return lane.http1_open;
        case Lane::Version::Http2: return lane.http2_open;
        case Lane::Version::Unknown: break;
    }
    return lane.new_open;
}

void ConnectionPool::settle_version(Connection& connection,
                                    Lane::Version version) noexcept {
    auto& lane = *connection.lane;
    --open_count(lane, connection.version);
    connection.version = version;
    lane.version = version;
    ++open_count(lane, version);
    ++counts(version).open;
    ++counts(version).opened;
}

}  // namespace pyesi::transport

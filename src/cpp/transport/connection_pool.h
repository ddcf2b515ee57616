#pragma once

#include "transport/transport.h"
#include "transport/transport_settings.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::transport {

/// The road to one origin: how many requests are on it, and how many connections.
struct Lane {
    enum class Version : std::uint8_t { Unknown, Http1, Http2 };

    std::string origin;                  ///< "https://esi.evetech.net"
    bool may_multiplex = false;          ///< HTTP/2 is offered to this origin
    Version version = Version::Unknown;  ///< what its open connections speak
    int in_flight = 0;
    int connecting = 0;  ///< of those: not sent yet
    int http1_open = 0;
    int http2_open = 0;
    int new_open = 0;  ///< connections of which we do not know the version yet
};

/// Knows which connections there are, and decides whether one more request may go.
///
/// HTTP/1.1 carries one request a connection. Where HTTP/2 may be spoken, one
/// request goes ahead while no connection is open, since libcurl would open one for
/// each before it knows that they could share; the others wait until it is
/// connected. So libcurl never holds a queue of its own.
///
/// Thread: network thread only.
class ConnectionPool {
public:
    /// What libcurl allows on one connection of HTTP/2.
    static constexpr int kStreams = 100;

    explicit ConnectionPool(TransportSettings settings);

    /// The lane of a canonical origin. Stays where it is.
    Lane& lane(std::string_view origin);

    bool has_room(const Lane& lane) const noexcept;

    /// True if requests that wait on this lane wait for a first connection.
    static bool is_untried(const Lane& lane) noexcept;

    // One request: started, sent at least once or never, ended.
    void on_started(Lane& lane) noexcept;
    void on_first_sent(Lane& lane) noexcept;
    void on_ended(Lane& lane, bool was_sent) noexcept;

    // One connection: made, its version seen, closed. A socket that was never made
    // a connection may be closed too.
    void on_connected(Lane& lane, int socket);
    void on_version(int socket, int http_version);
    void on_closed(int socket) noexcept;

    /// A request found a connection open.
    void on_reused(const Lane& lane) noexcept;

    /// `waiting` is the caller's to fill.
    PoolStatistics statistics() const noexcept;

private:
    struct Connection {
        Lane* lane = nullptr;
        Lane::Version version = Lane::Version::Unknown;
    };

    ConnectionCounts& counts(Lane::Version version) noexcept;
    static int& open_count(Lane& lane, Lane::Version version) noexcept;
    void settle_version(Connection& connection, Lane::Version version) noexcept;
    bool has_room_in_all() const noexcept;
    bool has_room_in_lane(const Lane& lane) const noexcept;

    TransportSettings settings_;
    int in_flight_ = 0;
    std::vector<std::unique_ptr<Lane>> lanes_;
    std::vector<Connection> connections_;  // by socket
    ConnectionCounts http1_counts_;
    ConnectionCounts http2_counts_;
};

}  // namespace pyesi::transport

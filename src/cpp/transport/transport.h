#pragma once

#include "transport/transfer.h"

#include <cstdint>

namespace pyesi::transport {

/// Connections that speak one version of HTTP.
struct ConnectionCounts {
    std::uint64_t open = 0;    ///< now: active + idle
    std::uint64_t active = 0;  ///< now: carry a request
    std::uint64_t idle = 0;    ///< now: kept for the next
    std::uint64_t opened = 0;  ///< ever
    std::uint64_t closed = 0;  ///< ever
    std::uint64_t reused = 0;  ///< requests that found a connection open
};

/// One moment of a transport.
struct PoolStatistics {
    ConnectionCounts http1;
    ConnectionCounts http2;
    std::uint64_t connecting = 0;  ///< requests whose connection is being made
    std::uint64_t in_flight = 0;   ///< requests handed to the network
    std::uint64_t waiting = 0;     ///< requests held back for want of a connection
};

/// Sends attempts and tells of their ends.
///
/// Each transfer that was started ends exactly once, by its completion, which is
/// never called from inside `start` or `stop`.
///
/// Thread: network thread only.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    /// As `close`.
    virtual ~Transport() = default;

    /// Starts one attempt, or holds it back until a connection is free.
    /// After `close` it ends with ClientClosed.
    virtual TransferId start(TransferRequest&& request, Completion done) = 0;

    /// Ends it: `done` soon gets Cancelled. No effect on one that has ended.
    virtual void stop(TransferId id) noexcept = 0;

    virtual PoolStatistics statistics() const = 0;

    /// Ends everything with ClientClosed and closes all connections. Every `done`
    /// has been called when it returns. To be called once no completion is
    /// running.
    virtual void close() = 0;
};

}  // namespace pyesi::transport

#pragma once

#include "transport/connection_pool.h"
#include "transport/curl_exchange.h"
#include "transport/transfer_table.h"
#include "transport/transport_settings.h"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pyesi::transport {

/// What one origin has here: its place in the pool, who waits, handles to use again.
struct CurlLane {
    Lane& lane;
    TransferQueue waiting;
    std::deque<CurlExchange> exchanges;  // they do not move
    std::vector<CurlExchange*> idle;     // the latest used last

    /// Since when a first connection is tried; far ahead while there is one.
    base::TimePoint connecting_since = base::TimePoint::max();

    /// There is no connection, or none any more.
    void begin_connecting(base::TimePoint now) noexcept;

    /// When a transfer that waits for that first connection has waited long enough.
    /// REQUIRES: connecting has begun.
    base::TimePoint connect_due(const Transfer& transfer) const noexcept;
};

/// The lanes of all origins, found by what stands before path and query in a URL.
///
/// Thread: network thread only.
class CurlLanes {
public:
    /// All three must outlive this.
    CurlLanes(const TransportSettings& settings,
              ConnectionPool& pool,
              ExchangeListener& listener);

    /// The lane of the transfer's URL, and in the transfer where its path begins.
    /// Null if the URL is not one.
    CurlLane* find(Transfer& transfer);

    std::deque<CurlLane>& all() noexcept { return lanes_; }

    /// A handle that is in no multi handle; one that is idle, if there is one.
    CurlExchange& take_exchange(CurlLane& lane);
    void drop_exchanges() noexcept;

private:
    bool find_by_text(std::string_view origin);
    CurlLane* make(std::string_view origin);

    const TransportSettings& settings_;
    ConnectionPool& pool_;
    ExchangeListener& listener_;
    std::deque<CurlLane> lanes_;  // they do not move
    std::map<std::string, CurlLane*, std::less<>> by_text_;
    std::string_view last_text_;  // a key of the map, and its lane
    CurlLane* last_ = nullptr;
};

}  // namespace pyesi::transport

#pragma once

#include "transport/connection_pool.h"
#include "transport/curl_exchange.h"
#include "transport/curl_handle.h"
#include "transport/curl_lanes.h"
#include "transport/curl_memory.h"
#include "transport/event_loop.h"
#include "transport/transfer_table.h"
#include "transport/transport.h"
#include "transport/transport_settings.h"

#include <string>
#include <string_view>
#include <vector>

namespace pyesi::transport {

/// The multi handle of libcurl on an event loop: starts exchanges as the pool gives
/// room, and tells of their ends.
///
/// No completion runs inside a callback of libcurl, so whatever a completion does
/// may call libcurl.
///
/// Thread: network thread only.
class CurlMulti final : private EventLoop::Listener, private ExchangeListener {
public:
    CurlMulti(boost::asio::io_context& loop, TransportSettings settings);
    ~CurlMulti();

    TransferId start(TransferRequest&& request, Completion done);
    void stop(TransferId id) noexcept;
    PoolStatistics statistics() const noexcept;
    void close();

private:
    /// An end that is told in the loop's next turn.
    struct Ended {
        TransferId id;
        Completion done;
        TransferEnd end;
    };

    void on_ready(int socket, EventLoop::Direction direction) override;
    void on_timer() override;
    void on_turn() override;

    int open_socket(const curl_sockaddr& address) noexcept override;
    void close_socket(int socket) noexcept override;
    void on_sending(CurlExchange& exchange, int socket) noexcept override;
    void on_version(int socket, int http_version) noexcept override;
    base::TimePoint now() const noexcept override { return now_; }

    static int on_socket(CURL*, curl_socket_t, int what, void* self, void*) noexcept;
    static int on_curl_timer(CURLM*, long milliseconds, void* self) noexcept;

    void launch(Transfer& transfer);
    void go_ahead(Transfer& transfer);
    void launch_waiting(CurlLane& lane);
    void launch_all_waiting();
    void keep_waiting(Transfer& transfer);

    void act(int socket, int events);
    void run_due();
    void settle();
    void tell_of_ends();
    void take_turn_soon();
    void on_message(CURL* easy, CURLcode code);
    void fail_waiting(CurlLane& lane, const TransferFailure& failure);
    void cut_waiting(CurlLane& lane,
                     base::TimePoint due,
                     base::ErrorKind kind,
                     const std::string& why);
    void readd_stuck();
    void patrol();
    void patrol_in_flight();
    void patrol_waiting();
    void watch(base::TimePoint look_again);
    void watch_waiting(const CurlLane& lane);

    /// Takes a transfer out of flight; its handle goes back to the lane.
    void land(Transfer& transfer);
    /// Forgets the transfer and tells of its end, now or in the next turn.
    void end_now(Transfer& transfer, TransferEnd&& end);
    void end_soon(Transfer& transfer, TransferEnd&& end);
    void cut(Transfer& transfer, base::ErrorKind kind, const std::string& why);
    void tell_ended();

    TransportSettings settings_;
    CurlMemory memory_;  // goes after all that libcurl made
    boost::intrusive_ptr<EventLoop> events_;
    ConnectionPool pool_;
    CurlLanes lanes_;
    TransferTable table_;
    std::vector<Transfer*> in_flight_;
    std::vector<Ended> ended_;
    std::size_t waiting_ = 0;

    base::TimePoint now_;
    base::TimePoint curl_due_ = base::TimePoint::max();
    base::TimePoint patrol_due_ = base::TimePoint::max();
    bool has_stuck_ = false;
    bool settling_ = false;
    bool closed_ = false;

    MultiHandle multi_;  // last, so that it goes first: it calls the rest
};

}  // namespace pyesi::transport

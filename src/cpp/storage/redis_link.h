#pragma once

#include "storage/address_lookup.h"
#include "storage/redis_address.h"
#include "storage/redis_reply.h"

#include <boost/asio/generic/stream_protocol.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>

namespace pyesi::storage {

/// One connection to one server, from its socket to its end: bytes go out in their
/// order, replies come in. Once it has ended it tells nothing more.
///
/// Shared with the socket's own operations under way, which outlive whoever drops it.
///
/// Thread: network thread only.
class RedisLink : public std::enable_shared_from_this<RedisLink> {
public:
    /// Who is told. None of it comes from inside a call to the link.
    class Owner {
    public:
        Owner() = default;
        Owner(const Owner&) = delete;
        Owner& operator=(const Owner&) = delete;
        virtual ~Owner() = default;

        virtual void on_connected() = 0;
        virtual void on_reply(const RedisReply& reply) = 0;

        /// It could not be connected, was closed, or sent what is no reply.
        virtual void on_link_lost() = 0;
    };

    RedisLink(Loop& loop, Owner& owner, std::size_t max_reply_bytes);

    void connect(const RedisAddress& address);

    /// Sends what was appended, as soon as the socket takes it.
    void send();

    /// What is to be sent next: append here, then call `send`.
    std::string& outgoing() noexcept { return outgoing_; }
    std::size_t unsent_bytes() const noexcept {
        return outgoing_.size() + writing_.size();
    }

    /// Closes the socket; the owner is told nothing any more.
    void end() noexcept;

private:
    using Protocol = boost::asio::generic::stream_protocol;

    void connect_next();
    void on_tried(bool is_open);
    void on_socket_open();
    void set_options() noexcept;
    void read();
    void on_read(std::size_t count);
    void on_written();
    void lose();

    Owner* owner_;
    Protocol::socket socket_;
    AddressLookup lookup_;
    Endpoints endpoints_;  ///< to be tried yet, the next one last
    RedisReader reader_;
    bool is_connected_ = false;
    std::string outgoing_;
    std::string writing_;  ///< with the socket; empty when it is idle
    std::array<char, std::size_t{64} << 10U> room_{};
};

}  // namespace pyesi::storage

#include "storage/redis_link.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace pyesi::storage {

namespace {

/// Runs a step of a handler; false if memory ran out in it.
template <class Step>
bool try_step(Step&& step) noexcept {
    try {
        std::forward<Step>(step)();
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

void set_option(int socket, int level, int option, int value) noexcept {
    // One that the system does not know is done without.
    static_cast<void>(::setsockopt(socket, level, option, &value, sizeof(value)));
}

}  // namespace

RedisLink::RedisLink(Loop& loop, Owner& owner, std::size_t max_reply_bytes)
    : owner_{&owner}, socket_{loop}, lookup_{loop}, reader_{max_reply_bytes} {}

void RedisLink::connect(const RedisAddress& address) {
    if (!address.path.empty()) {
        endpoints_ = {boost::asio::local::stream_protocol::endpoint{address.path}};
    } else {
        endpoints_ = spelt_address(address.host, address.port);
    }
    if (!endpoints_.empty()) {
        connect_next();
        return;
    }
    lookup_.start(address.host, address.port, [this](Endpoints found) {
        std::ranges::reverse(found);
        endpoints_ = std::move(found);
        connect_next();
    });
}

void RedisLink::connect_next() {
    if (owner_ == nullptr) return;
    const auto self = shared_from_this();
    if (endpoints_.empty()) {
        boost::asio::post(socket_.get_executor(), [self] { self->lose(); });
        return;
    }
    const auto endpoint = std::move(endpoints_.back());
    endpoints_.pop_back();
    boost::system::error_code ignored;
    socket_.close(ignored);
    socket_.async_connect(endpoint, [self](const boost::system::error_code& error) {
        if (self->owner_ == nullptr) return;
        if (!try_step([&] { self->on_tried(!error); })) self->lose();
    });
}

void RedisLink::on_tried(bool is_open) {
    if (is_open) {
        on_socket_open();
    } else {
        connect_next();
    }
}

void RedisLink::on_socket_open() {
    endpoints_.clear();
    set_options();
    is_connected_ = true;
    read();
    owner_->on_connected();
    send();
}

// A peer that has vanished without a word is noticed by the system, so that nothing
// of ours has to wake for it.
void RedisLink::set_options() noexcept {
    const int socket = socket_.native_handle();
    static_cast<void>(::fcntl(socket, F_SETFD, FD_CLOEXEC));
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
#ifdef TCP_KEEPIDLE
    constexpr int kIdleSeconds = 10;
    constexpr int kBetweenSeconds = 5;
    constexpr int kProbes = 3;
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, kBetweenSeconds);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
#endif
}

void RedisLink::send() {
    if (!is_connected_ || !writing_.empty() || outgoing_.empty()) return;
    writing_.swap(outgoing_);
    boost::asio::async_write(socket_,
                             boost::asio::buffer(writing_),
                             [self = shared_from_this()](
                                 const boost::system::error_code& error, std::size_t) {
                                 if (self->owner_ == nullptr) return;
                                 if (error || !try_step([&] { self->on_written(); }))
                                     self->lose();
                             });
}

void RedisLink::on_written() {
    constexpr std::size_t kKept = std::size_t{1} << 20U;
    writing_.clear();
    if (writing_.capacity() > kKept) writing_.shrink_to_fit();
    send();
}

void RedisLink::read() {
    socket_.async_read_some(
        boost::asio::buffer(room_),
        [self = shared_from_this()](const boost::system::error_code& error,
                                    std::size_t count) {
            if (self->owner_ == nullptr) return;
            if (error || !try_step([&] { self->on_read(count); })) self->lose();
        });
}

void RedisLink::on_read(std::size_t count) {
    auto next = RedisReader::Next::Broken;
    if (reader_.feed({room_.data(), count})) next = reader_.next();
    while (next == RedisReader::Next::Reply) {
        owner_->on_reply(reader_.reply());
        if (owner_ == nullptr) return;
        next = reader_.next();
    }
    if (next == RedisReader::Next::Broken) {
        lose();
    } else {
        read();
    }
}

void RedisLink::lose() {
    if (auto* owner = owner_) {
        end();
        owner->on_link_lost();
    }
}

void RedisLink::end() noexcept {
    owner_ = nullptr;
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace pyesi::storage

#pragma once

#include "base/guarded.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <functional>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pyesi::transport {

/// The server's end of one connection, for a script to play.
class Peer {
public:
    Peer(int socket, int number, base::Guarded<std::vector<std::string>>& requests)
        : socket_{socket}, number_{number}, requests_{requests} {}

    /// Which connection of the server this is, counted from zero.
    int number() const { return number_; }

    /// A whole request, its body by Content-Length; nothing at the end.
    std::optional<std::string> read_request() {
        while (!is_whole(received_)) {
            if (!receive()) return std::nullopt;
        }
        const auto size = whole_size(received_);
        auto request = received_.substr(0, size);
        received_.erase(0, size);
        requests_.with([&](auto& all) { all.push_back(request); });
        return request;
    }

    /// False once the other side does not take it.
    bool send(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// Ends the connection by a reset when the script returns.
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }

    /// Says nothing until the other side goes away or the server stops.
    void hold() {
        while (receive()) received_.clear();
    }

private:
    bool receive() {
        char bytes[16384];
        const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
        if (count <= 0) return false;
        received_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }

    static std::size_t whole_size(const std::string& text) {
        const auto head = text.find("\r\n\r\n") + 4;
        constexpr std::string_view kField = "\r\nContent-Length: ";
        const auto field = text.find(kField);
        if (field == std::string::npos || field > head) return head;
        std::size_t length = 0;
        std::from_chars(
            text.data() + field + kField.size(), text.data() + text.size(), length);
        return head + length;
    }

    static bool is_whole(const std::string& text) {
        return text.find("\r\n\r\n") != std::string::npos &&
               text.size() >= whole_size(text);
    }

    int socket_;
    int number_;
    base::Guarded<std::vector<std::string>>& requests_;
    std::string received_;
};

/// A server on loopback that plays a script of bytes on each connection, in a
/// thread of its own.
class RawServer {
public:
    using Script = std::function<void(Peer&)>;

    explicit RawServer(Script script) : script_{std::move(script)} {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 256) != 0) {
            throw std::runtime_error{"no port on loopback"};
        }
        ::getsockname(listener_, generic, &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread{[this] { accept_all(); }};
    }

    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    ~RawServer() {
        stopped_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        ::close(listener_);
        drop_connections();
        std::list<Player> last;
        players_.with([&](auto& all) { last.splice(last.end(), all); });
        for (auto& player : last) player.thread.join();
    }

    /// Shuts all connections, in an orderly way, from this side.
    void drop_connections() {
        players_.with([](auto& all) {
            for (auto& player : all) {
                if (!player.done) ::shutdown(player.socket, SHUT_RDWR);
            }
        });
    }

    std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::string url(std::string_view target) const { return origin().append(target); }
    int port() const { return port_; }

    int connections() const { return connections_; }

    std::vector<std::string> requests() {
        return requests_.with([](auto& all) { return all; });
    }

private:
    struct Player {
        int socket = -1;
        bool done = false;
        std::thread thread;
    };

    void accept_all() {
        while (!stopped_) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) return;
            const int number = connections_++;
            players_.with([&](auto& all) {
                auto& player = all.emplace_back();
                player.socket = socket;
                player.thread =
                    std::thread{[this, &player, number] { play(player, number); }};
            });
        }
    }

    void play(Player& player, int number) {
        Peer peer{player.socket, number, requests_};
        script_(peer);
        players_.with([&](auto&) {
            player.done = true;
            ::close(player.socket);
        });
    }

    Script script_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> stopped_ = false;
    std::atomic<int> connections_ = 0;
    base::Guarded<std::vector<std::string>> requests_;
    base::Guarded<std::list<Player>> players_;
    std::thread acceptor_;
};

/// A plain answer of 200.
inline std::string answer(std::string_view body) {
    return std::string{"HTTP/1.1 200 OK\r\nContent-Length: "}
        .append(std::to_string(body.size()))
        .append("\r\n\r\n")
        .append(body);
}

/// Answers every request of every connection in the same way.
inline RawServer::Script always(std::string text) {
    return [text = std::move(text)](Peer& peer) {
        while (peer.read_request()) {
            if (!peer.send(text)) return;
        }
    };
}

}  // namespace pyesi::transport

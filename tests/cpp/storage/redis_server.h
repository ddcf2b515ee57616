#pragma once

#include "storage/redis_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pyesi::storage {

/// A redis-server of a test's own, on a Unix socket in a folder that goes with it.
class RedisServer {
public:
    static bool is_installed() { return is_there("redis-server"); }

    explicit RedisServer(std::vector<std::string> more = {}) : more_{std::move(more)} {
        std::string pattern = "/tmp/pyesi-redis-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
        folder_ = pattern;
        start();
    }
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;
    ~RedisServer() {
        kill();
        std::filesystem::remove_all(folder_);
    }

    void start() {
        // It ends with us, however we end.
        std::vector<std::string> words{"setpriv", "--pdeathsig", "KILL"};
        if (!is_there("setpriv")) words.clear();
        const std::vector<std::string> server{"redis-server",
                                              "--port",
                                              "0",
                                              "--unixsocket",
                                              path(),
                                              "--save",
                                              "",
                                              "--appendonly",
                                              "no",
                                              "--dir",
                                              folder_,
                                              "--logfile",
                                              folder_ + "/log"};
        words.insert(words.end(), server.begin(), server.end());
        words.insert(words.end(), more_.begin(), more_.end());
        std::vector<char*> pointers;
        for (auto& word : words) pointers.push_back(word.data());
        pointers.push_back(nullptr);
        if (::posix_spawnp(
                &process_, pointers[0], nullptr, nullptr, pointers.data(), environ) !=
            0) {
            throw std::runtime_error{"redis-server cannot be started"};
        }
        wait_until_it_answers();
    }

    /// As by kill -9.
    void kill() {
        if (process_ == 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
        std::filesystem::remove(path());
    }

    void stop() const { ::kill(process_, SIGSTOP); }
    void go_on() const { ::kill(process_, SIGCONT); }

    RedisAddress address() const {
        RedisAddress address;
        address.path = path();
        return address;
    }

    /// What the server answers to a command, as the bytes of its protocol.
    std::string ask(std::initializer_list<std::string_view> words) const {
        const int socket = connect();
        std::string command = "*" + std::to_string(words.size()) + "\r\n";
        for (const auto word : words) {
            command += "$" + std::to_string(word.size()) + "\r\n";
            command += std::string{word} + "\r\n";
        }
        command += "*1\r\n$4\r\nPING\r\n";
        std::string answer;
        if (::send(socket, command.data(), command.size(), MSG_NOSIGNAL) > 0) {
            while (!answer.ends_with("+PONG\r\n") && !answer.starts_with("-NOAUTH")) {
                char bytes[4096];
                const auto count = ::recv(socket, bytes, sizeof bytes, 0);
                if (count <= 0) break;
                answer.append(bytes, static_cast<std::size_t>(count));
            }
        }
        ::close(socket);
        return answer.substr(0, answer.rfind("+PONG"));
    }

private:
    static bool is_there(const std::string& program) {
        return ::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
    }

    std::string path() const { return folder_ + "/socket"; }

    int connect() const {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket < 0) throw std::runtime_error{"no socket is to be had"};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof(address.sun_path) - 1);
        ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
        return socket;
    }

    void wait_until_it_answers() const {
        for (int tries = 0; tries < 2000; ++tries) {
            if (!ask({"PING"}).empty()) return;
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        throw std::runtime_error{"redis-server does not answer"};
    }

    std::vector<std::string> more_;
    std::string folder_;
    pid_t process_ = 0;
};

/// A server on loopback that says what a script tells it to: for what no real one says.
class ScriptedServer {
public:
    /// The server's end of a connection.
    class Peer {
    public:
        Peer(int socket, int number) : socket_{socket}, number_{number} {}

        /// Which connection of the server this is, counted from zero.
        int number() const { return number_; }

        /// Reads until `text` has come; false at the end.
        bool wait_for(std::string_view text) {
            while (received_.find(text) == std::string::npos) {
                char bytes[4096];
                const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
                if (count <= 0) return false;
                received_.append(bytes, static_cast<std::size_t>(count));
            }
            received_.erase(0, received_.find(text) + text.size());
            return true;
        }

        void send(std::string_view text) const {
            static_cast<void>(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL));
        }

        /// Says nothing more until the other side goes away.
        void hold() { wait_for(std::string_view{"\0never\0", 7}); }

    private:
        int socket_;
        int number_;
        std::string received_;
    };
    using Script = std::function<void(Peer&)>;

    explicit ScriptedServer(Script script) : script_{std::move(script)} {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0) {
            throw std::runtime_error{"no port on loopback"};
        }
        ::getsockname(listener_, generic, &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread{[this] { serve(); }};
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer() {
        ::shutdown(listener_, SHUT_RDWR);
        const int talking = socket_.exchange(-1);
        if (talking >= 0) ::shutdown(talking, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    RedisAddress address() const {
        RedisAddress address;
        address.host = "127.0.0.1";
        address.port = port_;
        return address;
    }

    int connections() const { return connections_; }

private:
    // One connection after the other.
    void serve() {
        for (;;) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) return;
            socket_ = socket;
            Peer peer{socket, connections_++};
            script_(peer);
            socket_ = -1;
            ::close(socket);
        }
    }

    Script script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> socket_{-1};
    std::atomic<int> connections_{0};
    std::thread thread_;
};

}  // namespace pyesi::storage

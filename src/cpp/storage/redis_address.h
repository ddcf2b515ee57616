#pragma once

#include <cstdint>
#include <string>

namespace pyesi::storage {

/// Where a Redis server is, and as whom it is spoken to. The password goes to that
/// server and nowhere else.
struct RedisAddress {
    std::string host;
    std::uint16_t port = 6379;
    std::string path;  ///< of a Unix socket, in place of host and port
    std::string user;
    std::string password;
    int database = 0;

    bool is_set() const noexcept { return !host.empty() || !path.empty(); }
};

}  // namespace pyesi::storage

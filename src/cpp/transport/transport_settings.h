#pragma once

#include "base/time.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace pyesi::transport {

/// What holds for all requests of a transport.
struct TransportSettings {
    int max_connections_per_host = 64;  ///< HTTP/1.1: one request each
    int max_http2_connections = 2;      ///< to a host, of up to 100 requests each
    int max_connections_total = 1024;   ///< over all hosts

    /// A connection that was idle for longer is not used again.
    base::Duration keep_alive_idle = std::chrono::seconds{60};
    /// One that is older is not used again. Zero: no bound.
    base::Duration keep_alive_life{};

    std::string ca_file;   ///< PEM; empty: libcurl's own default
    std::string proxy;     ///< URL; empty: none. The environment is not read
    std::string no_proxy;  ///< as in NO_PROXY; loopback is direct in any case

    std::size_t max_header_bytes = std::size_t{64} << 10U;
    bool http2 = true;  ///< offer HTTP/2 over TLS
};

/// True if HTTP/2 is to be offered to an origin: over TLS alone, by ALPN.
inline bool offers_http2(const TransportSettings& settings,
                         std::string_view origin) noexcept {
    return settings.http2 && origin.starts_with("https:");
}

}  // namespace pyesi::transport

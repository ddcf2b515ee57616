#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pyesi::http {

/// An absolute http or https URL in its parts.
struct Url {
    std::string scheme;      ///< "http" or "https"
    std::string host;        ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;  ///< the scheme's own if none was written
    std::string target;      ///< path and query as written, "/" at least

    bool operator==(const Url&) const = default;
};

/// Splits `text`. Nothing if it is not absolute, is of another scheme, holds user
/// information, a blank, a control character or a byte beyond ASCII, or if host
/// or port cannot be one. A fragment is dropped.
std::optional<Url> parse_url(std::string_view text);

/// RFC 6454 §6.2: "https://esi.evetech.net", with ":8080" only where it is not
/// the scheme's own port.
std::string origin(const Url& url);

/// The whole URL again; the port is left out where it is the scheme's own.
std::string to_string(const Url& url);

bool same_origin(const Url& left, const Url& right) noexcept;

/// True for "localhost", 127.0.0.0/8 in four parts, and ::1, with or without
/// brackets. Names are not resolved, and nothing else is trusted to stay here.
bool is_loopback(std::string_view host) noexcept;

}  // namespace pyesi::http

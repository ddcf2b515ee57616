#pragma once

namespace pyesi::http {

// The status codes that something in pyesi decides on.
inline constexpr int kOk = 200;
inline constexpr int kNoContent = 204;
inline constexpr int kNotModified = 304;
inline constexpr int kForbidden = 403;
inline constexpr int kNotFound = 404;
inline constexpr int kErrorLimited = 420;  ///< ESI's own: the error window is spent
inline constexpr int kTooManyRequests = 429;
inline constexpr int kSlowDown = 520;  ///< the game server's own limit; tells no time

constexpr bool is_informational(int status) noexcept {
    return status >= 100 && status < 200;
}

constexpr bool is_success(int status) noexcept {
    return status >= 200 && status < 300;
}

/// Names another place in Location. 304 is not one of them.
constexpr bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 ||
           status == 308;
}

constexpr bool is_client_error(int status) noexcept {
    return status >= 400 && status < 500;
}

constexpr bool is_server_error(int status) noexcept {
    return status >= 500 && status < 600;
}

constexpr bool is_error(int status) noexcept {
    return is_client_error(status) || is_server_error(status);
}

/// One of ESI's two limiters spoke; it says nothing of the host's health.
constexpr bool is_limited(int status) noexcept {
    return status == kErrorLimited || status == kTooManyRequests;
}

/// RFC 9110 §6.4.1: never followed by a body, whatever its fields say.
constexpr bool has_no_body(int status) noexcept {
    return is_informational(status) || status == kNoContent || status == kNotModified;
}

/// RFC 9110 §15.1: may be stored on a lifetime that the server did not give.
/// 206 is left out, since pyesi keeps whole bodies only.
constexpr bool is_heuristically_cacheable(int status) noexcept {
    switch (status) {
        case 200:
        case 203:
        case 204:
        case 300:
        case 301:
        case 308:
        case 404:
        case 405:
        case 410:
        case 414:
        case 501: return true;
        default: return false;
    }
}

}  // namespace pyesi::http

#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace pyesi::base {

/// One kind for each thing that a caller may do differently.
/// Every kind has a Python class of the same name in pyesi.errors.
enum class ErrorKind : std::uint8_t {
    // The request cannot be sent as it is.
    ConfigurationError,
    InvalidRequest,
    // It was sent, or tried, and no answer came.
    NameNotResolved,
    ConnectFailed,
    TlsFailed,
    ConnectionLost,
    ConnectTimedOut,
    ReadTimedOut,
    WriteTimedOut,
    HeadersTooLarge,
    BodyTooLarge,
    ProtocolViolated,
    RedirectRefused,
    DecodeFailed,
    // It was held back: ESI never saw it.
    ErrorLimited,
    WindowClosed,
    QueueFull,
    PoolTimedOut,
    UpstreamDown,
    // It was ended from this side.
    DeadlineExceeded,
    ClientClosed,
    Cancelled,
    // An answer came that cannot be accepted.
    InconsistentPages,
    UnexpectedAnswer,
    // Only the cache was to be asked, and it has nothing.
    CacheMiss,
};

/// The name of the Python class.
constexpr const char* name_of(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::ConfigurationError: return "ConfigurationError";
        case ErrorKind::InvalidRequest: return "InvalidRequest";
        case ErrorKind::NameNotResolved: return "NameNotResolved";
        case ErrorKind::ConnectFailed: return "ConnectFailed";
        case ErrorKind::TlsFailed: return "TlsFailed";
        case ErrorKind::ConnectionLost: return "ConnectionLost";
        case ErrorKind::ConnectTimedOut: return "ConnectTimedOut";
        case ErrorKind::ReadTimedOut: return "ReadTimedOut";
        case ErrorKind::WriteTimedOut: return "WriteTimedOut";
        case ErrorKind::HeadersTooLarge: return "HeadersTooLarge";
        case ErrorKind::BodyTooLarge: return "BodyTooLarge";
        case ErrorKind::ProtocolViolated: return "ProtocolViolated";
        case ErrorKind::RedirectRefused: return "RedirectRefused";
        case ErrorKind::DecodeFailed: return "DecodeFailed";
        case ErrorKind::ErrorLimited: return "ErrorLimited";
        case ErrorKind::WindowClosed: return "WindowClosed";
        case ErrorKind::QueueFull: return "QueueFull";
        case ErrorKind::PoolTimedOut: return "PoolTimedOut";
        case ErrorKind::UpstreamDown: return "UpstreamDown";
        case ErrorKind::DeadlineExceeded: return "DeadlineExceeded";
        case ErrorKind::ClientClosed: return "ClientClosed";
        case ErrorKind::Cancelled: return "Cancelled";
        case ErrorKind::InconsistentPages: return "InconsistentPages";
        case ErrorKind::UnexpectedAnswer: return "UnexpectedAnswer";
        case ErrorKind::CacheMiss: return "CacheMiss";
    }
    return "RequestFailed";
}

/// Why a request ended without a response. No secret ever enters the message.
struct Failure {
    ErrorKind kind = ErrorKind::ConnectionLost;
    std::string message;
    int attempts = 0;                     ///< how many times it was sent
    std::optional<Duration> retry_after;  ///< when a new try may succeed, if known
    std::string route;                    ///< path template; empty if there is none
    std::string request_id;               ///< ESI's, of the last answer, if one came
};

inline Failure make_failure(ErrorKind kind, std::string message) {
    return Failure{kind, std::move(message), 0, std::nullopt, {}, {}};
}

}  // namespace pyesi::base

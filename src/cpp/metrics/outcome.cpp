#include "metrics/outcome.h"

namespace pyesi::metrics {

Outcome outcome_of_status(int status) noexcept {
    // ESI's own 420 and the 429 of RFC 6585 are about us, not about the request.
    if (status == 420 || status == 429) return Outcome::Limited;
    if (status >= 500) return Outcome::ServerError;
    if (status >= 400) return Outcome::ClientError;
    return Outcome::Network;
}

Outcome outcome_of_failure(base::ErrorKind kind) noexcept {
    using base::ErrorKind;
    switch (kind) {
        case ErrorKind::ConfigurationError:
        case ErrorKind::InvalidRequest: return Outcome::Invalid;
        case ErrorKind::NameNotResolved:
        case ErrorKind::ConnectFailed:
        case ErrorKind::TlsFailed:
        case ErrorKind::ConnectionLost: return Outcome::TransportFailed;
        case ErrorKind::ConnectTimedOut:
        case ErrorKind::ReadTimedOut:
        case ErrorKind::WriteTimedOut: return Outcome::TimedOut;
        case ErrorKind::ErrorLimited:
        case ErrorKind::WindowClosed:
        case ErrorKind::QueueFull:
        case ErrorKind::PoolTimedOut:
        case ErrorKind::UpstreamDown: return Outcome::Refused;
        case ErrorKind::CacheMiss: return Outcome::CacheMiss;
        case ErrorKind::DeadlineExceeded: return Outcome::DeadlineExceeded;
        case ErrorKind::ClientClosed:
        case ErrorKind::Cancelled: return Outcome::Cancelled;
        case ErrorKind::HeadersTooLarge:
        case ErrorKind::BodyTooLarge:
        case ErrorKind::ProtocolViolated:
        case ErrorKind::RedirectRefused:
        case ErrorKind::DecodeFailed:
        case ErrorKind::InconsistentPages:
        case ErrorKind::UnexpectedAnswer: return Outcome::Unacceptable;
    }
    return Outcome::Unacceptable;
}

}  // namespace pyesi::metrics

#include "scheduler/outcome.h"

namespace pyesi::scheduler {

namespace {

/// Failures that come before a request is written.
bool precedes_sending(base::ErrorKind kind) noexcept {
    switch (kind) {
        case base::ErrorKind::ConfigurationError:
        case base::ErrorKind::InvalidRequest:
        case base::ErrorKind::NameNotResolved:
        case base::ErrorKind::ConnectFailed:
        case base::ErrorKind::ConnectTimedOut:
        case base::ErrorKind::TlsFailed:
        case base::ErrorKind::PoolTimedOut: return true;
        default: return false;
    }
}

/// The host, or what leads to it, is not there.
bool is_unreachable(base::ErrorKind kind) noexcept {
    return kind == base::ErrorKind::NameNotResolved ||
           kind == base::ErrorKind::ConnectFailed ||
           kind == base::ErrorKind::ConnectTimedOut ||
           kind == base::ErrorKind::TlsFailed;
}

/// The attempt was ended from this side.
bool is_our_own(base::ErrorKind kind) noexcept {
    return kind == base::ErrorKind::Cancelled ||
           kind == base::ErrorKind::ClientClosed ||
           kind == base::ErrorKind::DeadlineExceeded;
}

}  // namespace

Outcome failed(base::ErrorKind kind, bool surely_not_sent) noexcept {
    if (surely_not_sent || precedes_sending(kind)) {
        auto outcome = never_sent();
        outcome.unreachable = is_unreachable(kind);
        return outcome;
    }
    return is_our_own(kind) ? given_up() : lost();
}

}  // namespace pyesi::scheduler

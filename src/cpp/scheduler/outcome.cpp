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

}  // namespace

Outcome failed(base::ErrorKind kind, bool surely_not_sent) noexcept {
    return surely_not_sent || precedes_sending(kind) ? never_sent() : lost();
}

}  // namespace pyesi::scheduler

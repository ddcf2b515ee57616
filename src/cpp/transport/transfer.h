#pragma once

#include "base/bytes.h"
#include "base/failure.h"
#include "base/time.h"
#include "http/headers.h"
#include "http/method.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace pyesi::transport {

/// Bounds on one attempt, in real time. Reading and writing are bounded by how
/// long nothing moves, not by how long they take.
struct Timeouts {
    base::Duration connect = std::chrono::seconds{10};  ///< name, TCP and TLS
    base::Duration read = std::chrono::seconds{30};     ///< no header line, no byte
    base::Duration write = std::chrono::seconds{30};    ///< no byte taken
};

/// One attempt at one request, as it goes on the wire.
struct TransferRequest {
    http::Method method = http::Method::Get;

    /// Absolute, http or https, without user information, percent-encoded.
    std::string url;

    /// A client's own fields. The same object for each of its requests, since a
    /// pooled handle keeps what it made of it.
    std::shared_ptr<const http::Headers> common_headers;

    /// This request's fields, sent before the common ones. `Content-Type` is here
    /// or nowhere.
    http::Headers headers;

    base::Bytes body;
    bool has_body = false;  ///< an empty body is a body: Content-Length: 0

    Timeouts timeouts;

    /// How often a safe method may go on the wire, where a connection that was kept
    /// open dies under it or the server turns it away unread. Each is an attempt.
    /// Other methods go once.
    int max_sends = 3;

    /// Of the body as it is received, that is compressed.
    std::size_t max_body_bytes = std::size_t{256} << 20U;
};

/// How long it took to get there. What comes after `pool` is counted from the end of
/// that; name, connection and TLS are zero on a reused connection.
struct TransferTimings {
    base::Duration pool{};  ///< held back for want of a connection
    base::Duration name_lookup{};
    base::Duration connect{};
    base::Duration tls{};
    base::Duration first_byte{};
    base::Duration total{};
};

/// An answer, whatever its status. Redirects are answers.
struct TransferReply {
    int status = 0;
    http::Headers headers;
    base::Bytes body;       ///< as it came: still coded by its Content-Encoding
    int sends = 1;          ///< how often it was put on the wire: each is an attempt
    int http_version = 11;  ///< 10, 11 or 2
    bool reused_connection = false;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    TransferTimings timings;
};

/// No answer.
struct TransferFailure {
    base::Failure failure;
    int sends = 0;

    /// No byte of the request left: even a POST may be tried again.
    bool surely_not_sent = true;

    /// A connection that had been kept open died before the first byte of the
    /// answer, and it was sent as often as it may: another attempt of a safe method
    /// need not wait.
    bool reused_connection_died = false;
};

using TransferEnd = std::variant<TransferReply, TransferFailure>;

/// Never zero, and not used twice while anybody could still hold it.
using TransferId = std::uint64_t;

/// Whom to tell of a transfer's end. A function and its argument, so that it
/// costs no allocation.
struct Completion {
    using Call = void (*)(void* whom, TransferId id, TransferEnd&& end) noexcept;

    Call call = nullptr;
    void* whom = nullptr;
};

}  // namespace pyesi::transport

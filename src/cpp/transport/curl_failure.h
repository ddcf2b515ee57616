#pragma once

#include "base/failure.h"

#include <curl/curl.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace pyesi::transport {

/// What one of our own callbacks found wrong, and ended the transfer for.
enum class Objection : std::uint8_t {
    None,
    SentEnough,  ///< libcurl was about to send again what may not be
    HeadersTooLarge,
    HeadersMalformed,
    BodyTooLarge,
    OutOfMemory,
};

/// How far a transfer had come when it failed.
struct FailurePoint {
    CURLcode code = CURLE_OK;
    Objection objection = Objection::None;
    int sends = 0;
    bool answer_begun = false;       ///< at least one line of it came
    bool head_complete = false;      ///< all its header lines came
    bool reused_connection = false;  ///< the last send went on an old connection
};

/// What a failure is to the caller. Decides on codes alone, never on libcurl's
/// text. REQUIRES: code != CURLE_OK or an objection.
base::ErrorKind kind_of(const FailurePoint& point) noexcept;

/// True if a connection that was kept open died under a request before any answer,
/// as happens when the server closes it at the same moment.
bool is_dead_reused_connection(const FailurePoint& point) noexcept;

/// A message for people: what happened, where, and libcurl's number for it.
std::string describe_failure(const FailurePoint& point, std::string_view origin);

}  // namespace pyesi::transport

#include "transport/curl_failure.h"

namespace pyesi::transport {

namespace {

using base::ErrorKind;

ErrorKind kind_of_objection(Objection objection) noexcept {
    switch (objection) {
        case Objection::HeadersTooLarge: return ErrorKind::HeadersTooLarge;
        case Objection::HeadersMalformed: return ErrorKind::ProtocolViolated;
        case Objection::BodyTooLarge:
        case Objection::OutOfMemory: return ErrorKind::BodyTooLarge;
        case Objection::SentEnough:
        case Objection::None: break;
    }
    return ErrorKind::ConnectionLost;
}

// The codes that mean the same at any point of a transfer.
// NOLINTNEXTLINE(readability-function-size): a table
ErrorKind kind_of_code(CURLcode code, ErrorKind otherwise) noexcept {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY: return ErrorKind::NameNotResolved;

        case CURLE_COULDNT_CONNECT:
        case CURLE_INTERFACE_FAILED:
        case CURLE_PROXY: return ErrorKind::ConnectFailed;

        // No other time-out is given to libcurl: idle ones are ours.
        case CURLE_OPERATION_TIMEDOUT: return ErrorKind::ConnectTimedOut;

        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CLIENTCERT:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_USE_SSL_FAILED: return ErrorKind::TlsFailed;

        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_ENGINE_SETFAILED:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_NOT_BUILT_IN: return ErrorKind::ConfigurationError;

        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_BAD_CONTENT_ENCODING: return ErrorKind::ProtocolViolated;

        default: return otherwise;
    }
}

ErrorKind kind_before_sending(CURLcode code) noexcept {
    switch (code) {
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
        case CURLE_BAD_FUNCTION_ARGUMENT: return ErrorKind::InvalidRequest;
        default: return kind_of_code(code, ErrorKind::ConnectFailed);
    }
}

ErrorKind kind_after_sending(const FailurePoint& point) noexcept {
    switch (point.code) {
        // An answer of HTTP/0.9, which we do not allow.
        case CURLE_UNSUPPORTED_PROTOCOL:
        // A line of the head that libcurl cannot take apart.
        case CURLE_BAD_FUNCTION_ARGUMENT: return ErrorKind::ProtocolViolated;
        // One line of the head is longer than libcurl's 100 kB, and never reached us.
        case CURLE_OUT_OF_MEMORY:
            return point.head_complete ? ErrorKind::ConnectionLost
                                       : ErrorKind::HeadersTooLarge;
        default: return kind_of_code(point.code, ErrorKind::ConnectionLost);
    }
}

const char* story_of(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::InvalidRequest: return "the URL cannot be asked for";
        case ErrorKind::NameNotResolved: return "the host's name was not resolved";
        case ErrorKind::ConnectFailed: return "no connection was made";
        case ErrorKind::ConnectTimedOut: return "no connection was made in time";
        case ErrorKind::TlsFailed: return "TLS could not be agreed or verified";
        case ErrorKind::ConfigurationError:
            return "its CA file or another setting cannot be used";
        case ErrorKind::HeadersTooLarge: return "the answer's headers passed the cap";
        case ErrorKind::BodyTooLarge: return "the answer's body passed the cap";
        case ErrorKind::ProtocolViolated: return "the answer was not proper HTTP";
        default: return "the connection was lost";
    }
}

}  // namespace

base::ErrorKind kind_of(const FailurePoint& point) noexcept {
    if (point.objection != Objection::None) return kind_of_objection(point.objection);
    if (point.sends == 0) return kind_before_sending(point.code);
    return kind_after_sending(point);
}

bool is_dead_reused_connection(const FailurePoint& point) noexcept {
    if (point.objection == Objection::SentEnough) return true;
    return point.reused_connection && point.sends > 0 && !point.answer_begun &&
           kind_of(point) == ErrorKind::ConnectionLost;
}

std::string describe_failure(const FailurePoint& point, std::string_view origin) {
    std::string text{story_of(kind_of(point))};
    text.append(" (").append(origin);
    if (point.objection == Objection::SentEnough) {
        text.append("; not to be sent again");
    } else if (point.objection == Objection::OutOfMemory) {
        text.append("; memory was short");
    } else if (point.objection == Objection::None) {
        text.append("; libcurl ").append(std::to_string(static_cast<int>(point.code)));
    }
    return text.append(")");
}

}  // namespace pyesi::transport

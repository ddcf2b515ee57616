#pragma once

#include "transport/curl_failure.h"
#include "transport/curl_handle.h"
#include "transport/header_lines.h"
#include "transport/header_reader.h"
#include "transport/idleness.h"
#include "transport/transfer.h"
#include "transport/transport_settings.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pyesi::transport {

class CurlExchange;
struct Transfer;

/// Who makes the sockets of exchanges, and is told how they go. Called from inside
/// libcurl: must not call it back.
///
/// Thread: network thread only.
class ExchangeListener {
public:
    ExchangeListener() = default;
    ExchangeListener(const ExchangeListener&) = delete;
    ExchangeListener& operator=(const ExchangeListener&) = delete;

    /// A socket, or -1.
    virtual int open_socket(const curl_sockaddr& address) noexcept = 0;
    virtual void close_socket(int socket) noexcept = 0;

    /// The request is about to go on the wire: `socket` is the new connection's, or
    /// -1 on one that was open.
    virtual void on_sending(CurlExchange& exchange, int socket) noexcept = 0;

    /// The first answer on a new connection says its version.
    virtual void on_version(int socket, int http_version) noexcept = 0;

    /// The time of the loop's turn: exact enough for what idles for seconds.
    virtual base::TimePoint now() const noexcept = 0;

protected:
    ~ExchangeListener() = default;
};

/// One easy handle of libcurl and the exchange that it carries: a request out, an
/// answer in. Pooled by origin, and re-pointed from one request to the next rather
/// than reset, since most of its settings stay.
///
/// Thread: network thread only. Pinned: libcurl keeps pointers into it.
class CurlExchange {
public:
    /// Throws std::bad_alloc if libcurl has no memory.
    CurlExchange(const TransportSettings& settings,
                 const std::string& origin,
                 ExchangeListener& listener);
    CurlExchange(const CurlExchange&) = delete;
    CurlExchange& operator=(const CurlExchange&) = delete;

    CURL* easy() const noexcept { return easy_.get(); }

    /// The exchange that an easy handle belongs to.
    static CurlExchange& of(CURL* easy) noexcept;

    /// Points the handle at a request of its origin, which must live until
    /// `finish`. False if the URL's rest or a header cannot be sent.
    /// REQUIRES: the handle is in no multi handle.
    [[nodiscard]] bool begin(const TransferRequest& request, std::size_t target_begins);

    /// The end, as libcurl and our callbacks tell it. REQUIRES: the handle was
    /// taken out of the multi handle.
    TransferEnd finish(CURLcode code);

    /// True if what `finish` would say is that a kept connection died, and the
    /// request may be sent again at once. It is then made ready for that.
    bool may_go_again(CURLcode code);

    /// As `finish`, for a reason of our own. Bytes that came are dropped.
    TransferFailure cut(base::ErrorKind kind, std::string message);

    int sends() const noexcept { return sends_; }

    /// True if it may stand in libcurl's own queue: it has no connection yet and
    /// makes none.
    bool is_stuck() const noexcept { return sends_ == 0 && opened_count_ == 0; }

    /// Looks whether anything moved; nothing while a connection is being made,
    /// which libcurl bounds.
    std::optional<IdleVerdict> look(base::TimePoint now);

    Transfer* transfer = nullptr;  ///< the listener's: whom it serves now

private:
    static std::size_t on_header(char* bytes, std::size_t, std::size_t, void*) noexcept;
    static std::size_t on_body(char* bytes, std::size_t, std::size_t, void*) noexcept;
    static int on_prerequest(void* self, char*, char*, int, int local_port) noexcept;
    static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr*) noexcept;
    static int on_close(void* listener, curl_socket_t socket) noexcept;

    void apply_callbacks();
    bool point_at(std::string_view target);
    bool point_url_at(const std::string& target);
    void apply_method(const TransferRequest& request);
    bool apply_headers(const TransferRequest& request);
    bool keep_common_headers(const TransferRequest& request);
    void apply_connect_timeout(base::Duration timeout);
    void forget_previous();
    void forget_answer();
    int max_sends() const noexcept;

    bool accept_line(std::string_view line);
    void on_head_complete();
    bool append_body(const char* bytes, std::size_t count);
    int connection_socket(int local_port) const noexcept;
    std::size_t expected_body() const noexcept;
    FailurePoint failure_point(CURLcode code) const noexcept;
    TransferReply reply();
    TransferTimings timings() const noexcept;
    std::uint64_t bytes_sent() const noexcept;

    ExchangeListener& listener_;
    std::string origin_;
    UrlHandle url_;

    HeaderLines own_lines_;
    HeaderLines common_lines_;
    std::shared_ptr<const http::Headers> common_headers_;
    curl_slist* lines_set_ = nullptr;
    http::Method method_ = http::Method::Get;
    bool has_body_ = false;
    base::Duration connect_timeout_{};
    bool by_url_;  // path and query go into the CURLU, not into the request's target
    std::string target_;

    const TransferRequest* request_ = nullptr;
    HeaderReader reader_;
    base::ByteBuffer body_;
    Objection objection_ = Objection::None;
    Idleness idle_;
    base::TimePoint begun_at_{};
    base::TimePoint first_byte_at_{};
    int sends_ = 0;
    bool reused_ = false;

    // Sockets opened since the last send: more than one where addresses race.
    std::array<int, 4> opened_{};
    std::size_t opened_count_ = 0;
    int new_socket_ = -1;  // of the connection that the last send opened

    EasyHandle easy_;  // last, so that it goes first: it points at the rest
};

}  // namespace pyesi::transport

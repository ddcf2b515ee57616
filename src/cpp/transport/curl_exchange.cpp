#include "transport/curl_exchange.h"

#include "transport/curl_options.h"
#include "transport/transfer_table.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>
#include <utility>

namespace pyesi::transport {

namespace {

// What is reserved on the server's word alone; beyond it a body proves itself.
constexpr std::size_t kFirstReservation = std::size_t{16} << 20U;

// libcurl sends a smaller body in one piece with the head, and counts it there.
constexpr std::size_t kSentWithHead = std::size_t{64} << 10U;

bool may_carry_body(http::Method method, int status) noexcept {
    constexpr int kNoContent = 204;
    constexpr int kNotModified = 304;
    return method != http::Method::Head && status != kNoContent &&
           status != kNotModified;
}

// RFC 9110 §8.6: a method that means something by its body says that it is empty.
bool sends_body(const TransferRequest& request) noexcept {
    return request.has_body || request.method == http::Method::Post ||
           request.method == http::Method::Put;
}

// Percent-encoded ASCII without a fragment. Not ended at the first wrong one, so
// that the compiler takes many at once.
bool is_target(std::string_view text) noexcept {
    unsigned char wrong = 0;
    for (const char c : text) {
        wrong |= static_cast<unsigned char>(c <= ' ' || c == '\x7f' || c == '#');
    }
    return wrong == 0;
}

int local_port_of(int socket) noexcept {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return -1;
    }
    // The port lies at the same place for both families (RFC 3493 §3.3).
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

base::Duration elapsed(CURL* easy, CURLINFO what) noexcept {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(easy, what, &microseconds);
    return std::chrono::microseconds{microseconds};
}

bool append_all(HeaderLines& lines, const http::Headers& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto [name, value] = fields.at(i);
        if (!http::is_field_name(name) || !http::is_field_value(value)) return false;
        lines.append(name, value);
    }
    return true;
}

}  // namespace

CurlExchange::CurlExchange(const TransportSettings& settings,
                           const std::string& origin,
                           ExchangeListener& listener)
    : listener_{listener},
      origin_{origin},
      url_{curl_url()},
      by_url_{!settings.proxy.empty() && origin.starts_with("http:")},
      reader_{settings.max_header_bytes},
      easy_{curl_easy_init()} {
    if (!url_ || !easy_) throw std::bad_alloc{};
    if (curl_url_set(url_.get(), CURLUPART_URL, origin_.c_str(), CURLU_PATH_AS_IS) !=
        CURLUE_OK) {
        throw std::bad_alloc{};  // the origin was checked: only memory can be short
    }
    apply_easy_settings(easy_.get(), settings, origin_);
    apply_callbacks();
    curl_easy_setopt(easy_.get(), CURLOPT_CURLU, url_.get());
    curl_easy_setopt(easy_.get(), CURLOPT_PRIVATE, this);
}

CurlExchange& CurlExchange::of(CURL* easy) noexcept {
    CurlExchange* exchange = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
    return *exchange;
}

bool CurlExchange::begin(const TransferRequest& request, std::size_t target_begins) {
    request_ = &request;
    forget_previous();
    apply_method(request);
    apply_connect_timeout(request.timeouts.connect);
    return point_at(std::string_view{request.url}.substr(target_begins)) &&
           apply_headers(request);
}

TransferEnd CurlExchange::finish(CURLcode code) {
    if (code == CURLE_OK && objection_ == Objection::None && reader_.complete()) {
        return reply();
    }
    const auto point = failure_point(code);
    auto failure = cut(kind_of(point), describe_failure(point, origin_));
    failure.reused_connection_died = is_dead_reused_connection(point);
    return failure;
}

// libcurl goes again where it sees the end of the connection, but not where the
// connection refuses to take the request, as after GOAWAY.
bool CurlExchange::may_go_again(CURLcode code) {
    if (code == CURLE_OK || objection_ != Objection::None) return false;
    if (sends_ >= max_sends() || !is_dead_reused_connection(failure_point(code))) {
        return false;
    }
    forget_answer();
    return true;
}

TransferFailure CurlExchange::cut(base::ErrorKind kind, std::string message) {
    TransferFailure failure;
    failure.failure = base::make_failure(kind, std::move(message));
    failure.failure.attempts = sends_;
    failure.sends = sends_;
    failure.surely_not_sent = sends_ == 0;
    body_ = {};
    return failure;
}

std::optional<IdleVerdict> CurlExchange::look(base::TimePoint now) {
    if (sends_ == 0) return std::nullopt;
    if (idle_.sending) {
        curl_off_t uploaded = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
        const auto count = static_cast<std::uint64_t>(uploaded);
        if (std::exchange(idle_.uploaded, count) != count) idle_.moved_at = now;
        idle_.sending = count < request_->body.size();
    }
    return decide_idle(idle_, request_->timeouts, now);
}

std::size_t CurlExchange::on_header(char* bytes,
                                    std::size_t size,
                                    std::size_t count,
                                    void* self) noexcept {
    auto& exchange = *static_cast<CurlExchange*>(self);
    try {
        return exchange.accept_line({bytes, size * count}) ? size * count : 0;
    } catch (...) {
        exchange.objection_ = Objection::OutOfMemory;
        return 0;
    }
}

std::size_t CurlExchange::on_body(char* bytes,
                                  std::size_t size,
                                  std::size_t count,
                                  void* self) noexcept {
    auto& exchange = *static_cast<CurlExchange*>(self);
    try {
        return exchange.append_body(bytes, size * count) ? size * count : 0;
    } catch (...) {
        exchange.objection_ = Objection::OutOfMemory;
        return 0;
    }
}

int CurlExchange::on_prerequest(void* self,
                                char* /*remote*/,
                                char* /*local*/,
                                int /*remote_port*/,
                                int local_port) noexcept {
    auto& exchange = *static_cast<CurlExchange*>(self);
    // libcurl sends again of itself when a kept connection dies, a POST too.
    if (exchange.sends_ >= exchange.max_sends()) {
        exchange.objection_ = Objection::SentEnough;
        return CURL_PREREQFUNC_ABORT;
    }
    exchange.new_socket_ = exchange.connection_socket(local_port);
    exchange.reused_ = exchange.new_socket_ < 0;
    exchange.opened_count_ = 0;
    exchange.idle_ = {!exchange.request_->body.empty(), 0, exchange.listener_.now()};
    exchange.listener_.on_sending(exchange, exchange.new_socket_);
    ++exchange.sends_;
    return CURL_PREREQFUNC_OK;
}

curl_socket_t CurlExchange::on_open(void* self,
                                    curlsocktype /*purpose*/,
                                    curl_sockaddr* address) noexcept {
    auto& exchange = *static_cast<CurlExchange*>(self);
    const int socket = exchange.listener_.open_socket(*address);
    if (socket < 0) return CURL_SOCKET_BAD;
    // Past four tries the oldest is surely given up.
    exchange.opened_[exchange.opened_count_++ % exchange.opened_.size()] = socket;
    return socket;
}

int CurlExchange::on_close(void* listener, curl_socket_t socket) noexcept {
    static_cast<ExchangeListener*>(listener)->close_socket(socket);
    return 0;
}

void CurlExchange::apply_callbacks() {
    CURL* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlExchange::on_prerequest);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &CurlExchange::on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
    // A connection outlives the exchange that opened it.
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlExchange::on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &listener_);
}

// libcurl copies a request target as it is, where it would take path and query
// apart and put them together again by the letter.
bool CurlExchange::point_at(std::string_view target) {
    if (target == target_) return true;
    if (!is_target(target)) return false;
    target_.clear();
    if (!target.starts_with('/')) target_.push_back('/');
    target_.append(target);
    if (by_url_) return point_url_at(target_);
    return curl_easy_setopt(easy_.get(), CURLOPT_REQUEST_TARGET, target_.c_str()) ==
           CURLE_OK;
}

// Through a proxy, whether the target is the whole URL is libcurl's to know. The
// CURLU is the handle's own, since it is parsed only when libcurl gets to it.
bool CurlExchange::point_url_at(const std::string& target) {
    const auto mark = std::min(target.find('?'), target.size());
    const auto path = target.substr(0, mark);
    const char* query = mark < target.size() ? target.c_str() + mark + 1 : nullptr;
    return curl_url_set(url_.get(), CURLUPART_PATH, path.c_str(), 0) == CURLUE_OK &&
           curl_url_set(url_.get(), CURLUPART_QUERY, query, 0) == CURLUE_OK;
}

void CurlExchange::apply_method(const TransferRequest& request) {
    CURL* easy = easy_.get();
    const bool has_body = sends_body(request);
    if (has_body) {
        curl_easy_setopt(easy,
                         CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        // Not copied: the request lives as long as the transfer.
        curl_easy_setopt(
            easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    }
    if (request.method == method_ && has_body == has_body_) return;
    method_ = request.method;
    has_body_ = has_body;
    // Each of these undoes the others.
    curl_easy_setopt(easy, has_body ? CURLOPT_POST : CURLOPT_HTTPGET, 1L);
    if (method_ == http::Method::Head) curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    const bool is_custom = method_ == http::Method::Put ||
                           method_ == http::Method::Delete ||
                           (method_ == http::Method::Get && has_body);
    curl_easy_setopt(easy,
                     CURLOPT_CUSTOMREQUEST,
                     is_custom ? http::name_of(method_).data() : nullptr);
}

bool CurlExchange::apply_headers(const TransferRequest& request) {
    if (!keep_common_headers(request)) return false;
    own_lines_.clear();
    if (!append_all(own_lines_, request.headers)) return false;
    if (has_body_) {
        own_lines_.suppress("Expect");
        if (!request.headers.find("Content-Type")) own_lines_.suppress("Content-Type");
    }
    curl_slist* lines = own_lines_.link(common_lines_.link());
    if (lines == lines_set_ && lines == nullptr) return true;
    curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, lines);
    lines_set_ = lines;
    return true;
}

bool CurlExchange::keep_common_headers(const TransferRequest& request) {
    if (request.common_headers == common_headers_) return true;
    common_headers_.reset();
    common_lines_.clear();
    if (!request.common_headers) return true;
    if (!append_all(common_lines_, *request.common_headers)) {
        common_lines_.clear();
        return false;
    }
    // The one field of them that libcurl would add of itself.
    common_lines_.join("Accept");
    common_headers_ = request.common_headers;
    return true;
}

void CurlExchange::apply_connect_timeout(base::Duration timeout) {
    if (timeout == connect_timeout_) return;
    connect_timeout_ = timeout;
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    // Zero would mean five minutes to libcurl.
    curl_easy_setopt(easy_.get(), CURLOPT_CONNECTTIMEOUT_MS, std::max<long>(whole, 1));
}

void CurlExchange::forget_previous() {
    forget_answer();
    begun_at_ = listener_.now();
    sends_ = 0;
}

void CurlExchange::forget_answer() {
    reader_.restart();
    body_ = {};
    objection_ = Objection::None;
    first_byte_at_ = {};
    reused_ = false;
    opened_count_ = 0;
    new_socket_ = -1;
}

int CurlExchange::max_sends() const noexcept {
    return http::is_safe(request_->method) ? request_->max_sends : 1;
}

bool CurlExchange::accept_line(std::string_view line) {
    const bool had_begun = reader_.begun();
    const bool was_complete = reader_.complete();
    const auto verdict = reader_.on_line(line);
    idle_.moved_at = listener_.now();
    idle_.sending = false;
    if (verdict != HeaderReader::Verdict::Accepted) {
        objection_ = verdict == HeaderReader::Verdict::TooLarge
                         ? Objection::HeadersTooLarge
                         : Objection::HeadersMalformed;
        return false;
    }
    if (!had_begun) {
        first_byte_at_ = idle_.moved_at;
        if (!reused_) listener_.on_version(new_socket_, reader_.http_version());
    }
    if (reader_.complete() && !was_complete) on_head_complete();
    return objection_ == Objection::None;
}

void CurlExchange::on_head_complete() {
    if (!may_carry_body(request_->method, reader_.status())) return;
    const auto length = reader_.content_length();
    if (length && *length > request_->max_body_bytes) {
        objection_ = Objection::BodyTooLarge;
    }
}

bool CurlExchange::append_body(const char* bytes, std::size_t count) {
    idle_.moved_at = listener_.now();
    idle_.sending = false;
    if (count > request_->max_body_bytes - body_.size()) {
        objection_ = Objection::BodyTooLarge;
        return false;
    }
    if (body_.size() == 0) body_.reserve(std::max(expected_body(), count));
    body_.append(bytes, count);
    return true;
}

int CurlExchange::connection_socket(int local_port) const noexcept {
    if (opened_count_ == 0) return -1;
    const auto known = std::min(opened_count_, opened_.size());
    for (std::size_t i = 0; i < known; ++i) {
        if (local_port_of(opened_[i]) == local_port) return opened_[i];
    }
    return opened_[(opened_count_ - 1) % opened_.size()];
}

std::size_t CurlExchange::expected_body() const noexcept {
    const auto length = reader_.content_length().value_or(0);
    return static_cast<std::size_t>(std::min<std::uint64_t>(length, kFirstReservation));
}

FailurePoint CurlExchange::failure_point(CURLcode code) const noexcept {
    return {code, objection_, sends_, reader_.begun(), reader_.complete(), reused_};
}

TransferReply CurlExchange::reply() {
    TransferReply reply;
    reply.status = reader_.status();
    reply.http_version = reader_.http_version();
    reply.sends = sends_;
    reply.reused_connection = reused_;
    reply.bytes_sent = bytes_sent();
    reply.bytes_received = reader_.bytes() + body_.size();
    reply.timings = timings();
    reply.headers = reader_.take();
    reply.body = std::move(body_).freeze();
    return reply;
}

TransferTimings CurlExchange::timings() const noexcept {
    TransferTimings timings;
    if (transfer != nullptr) timings.pool = begun_at_ - transfer->entered_at;
    timings.first_byte = first_byte_at_ - begun_at_;
    timings.total = listener_.now() - begun_at_;
    if (reused_) return timings;
    timings.name_lookup = elapsed(easy_.get(), CURLINFO_NAMELOOKUP_TIME_T);
    timings.connect = elapsed(easy_.get(), CURLINFO_CONNECT_TIME_T);
    timings.tls = elapsed(easy_.get(), CURLINFO_APPCONNECT_TIME_T);
    return timings;
}

std::uint64_t CurlExchange::bytes_sent() const noexcept {
    long in_head = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &in_head);
    const auto sent = static_cast<std::uint64_t>(in_head);
    const auto body = request_->body.size();
    return body <= kSentWithHead ? sent : sent + body;
}

}  // namespace pyesi::transport

#include "transport/curl_multi.h"

#include "transport/curl_options.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace pyesi::transport {

namespace {

using base::ErrorKind;

constexpr auto kNever = base::TimePoint::max();

/// A flag that is up for a while.
class Raised {
public:
    explicit Raised(bool& flag) noexcept : flag_{flag} { flag_ = true; }
    Raised(const Raised&) = delete;
    Raised& operator=(const Raised&) = delete;
    ~Raised() { flag_ = false; }

private:
    bool& flag_;
};

TransferFailure unsent(ErrorKind kind, std::string message) {
    return {.failure = base::make_failure(kind, std::move(message))};
}

// Whoever waited for a first connection shares its fate.
bool is_of_connecting(ErrorKind kind) noexcept {
    return kind == ErrorKind::NameNotResolved || kind == ErrorKind::ConnectFailed ||
           kind == ErrorKind::ConnectTimedOut || kind == ErrorKind::TlsFailed;
}

}  // namespace

CurlMulti::CurlMulti(boost::asio::io_context& loop, TransportSettings settings)
    : settings_{std::move(settings)},
      events_{new EventLoop{loop, *this}},
      pool_{settings_},
      lanes_{settings_, pool_, *this},
      now_{std::chrono::steady_clock::now()} {
    CurlMemory::initialise_libcurl();
    const CurlMemory::Scope scope{memory_};
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::runtime_error{"libcurl cannot be initialised"};
    CURLM* multi = multi_.get();
    apply_multi_settings(multi, settings_);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_curl_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
}

CurlMulti::~CurlMulti() {
    close();
    events_->detach();
}

TransferId CurlMulti::start(TransferRequest&& request, Completion done) {
    const CurlMemory::Scope scope{memory_};
    Transfer& transfer = table_.add();
    transfer.request = std::move(request);
    transfer.done = done;
    transfer.entered_at = std::chrono::steady_clock::now();
    const auto id = transfer.id;
    if (closed_) {
        end_soon(transfer, unsent(ErrorKind::ClientClosed, "the transport is closed"));
        return id;
    }
    transfer.lane = lanes_.find(transfer);
    if (transfer.lane == nullptr) {
        end_soon(transfer, unsent(ErrorKind::InvalidRequest, "the URL is not one"));
    } else if (transfer.lane->waiting.empty() && pool_.has_room(transfer.lane->lane)) {
        launch(transfer);
    } else {
        keep_waiting(transfer);
    }
    return id;
}

void CurlMulti::stop(TransferId id) noexcept {
    const CurlMemory::Scope scope{memory_};
    Transfer* transfer = table_.find(id);
    if (transfer != nullptr) cut(*transfer, ErrorKind::Cancelled, "it was stopped");
}

PoolStatistics CurlMulti::statistics() const noexcept {
    auto statistics = pool_.statistics();
    statistics.waiting = waiting_;
    return statistics;
}

void CurlMulti::close() {
    const CurlMemory::Scope scope{memory_};
    closed_ = true;
    constexpr const char* kWhy = "the transport was closed";
    while (!in_flight_.empty()) {
        cut(*in_flight_.back(), ErrorKind::ClientClosed, kWhy);
    }
    for (const auto& lane : lanes_.all()) {
        while (!lane.waiting.empty()) {
            cut(lane.waiting.front(), ErrorKind::ClientClosed, kWhy);
        }
    }
    // A completion may start another, which ends in the same way.
    while (!ended_.empty()) tell_ended();
    lanes_.drop_exchanges();
    multi_.reset();
}

void CurlMulti::on_ready(int socket, EventLoop::Direction direction) {
    const CurlMemory::Scope scope{memory_};
    act(socket, direction == EventLoop::Read ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    settle();
}

void CurlMulti::on_timer() {
    const CurlMemory::Scope scope{memory_};
    if (closed_) return;
    now_ = std::chrono::steady_clock::now();
    if (patrol_due_ <= now_) patrol();
    on_turn();
}

void CurlMulti::on_turn() {
    const CurlMemory::Scope scope{memory_};
    if (!closed_) {
        now_ = std::chrono::steady_clock::now();
        if (curl_due_ <= now_) run_due();
    }
    settle();
}

int CurlMulti::open_socket(const curl_sockaddr& address) noexcept {
    return events_->open_socket(address.family, address.socktype, address.protocol);
}

void CurlMulti::close_socket(int socket) noexcept {
    pool_.on_closed(socket);
    events_->close_socket(socket);
}

void CurlMulti::on_sending(CurlExchange& exchange, int socket) noexcept {
    Lane& lane = exchange.transfer->lane->lane;
    if (exchange.sends() == 0) pool_.on_first_sent(lane);
    const auto& request = exchange.transfer->request;
    watch(now_ + (request.body.empty() ? request.timeouts.read
                                       : request.timeouts.write / kLooksAtWriting));
    if (socket < 0) {
        pool_.on_reused(lane);
        return;
    }
    pool_.on_connected(lane, socket);
    exchange.transfer->lane->connecting_since = kNever;
    if (lane.may_multiplex && lane.connecting > 0) has_stuck_ = true;
}

void CurlMulti::on_version(int socket, int http_version) noexcept {
    pool_.on_version(socket, http_version);
}

int CurlMulti::on_socket(CURL* /*easy*/,
                         curl_socket_t socket,
                         int what,
                         void* self,
                         void* /*of_socket*/) noexcept {
    auto& events = *static_cast<CurlMulti*>(self)->events_;
    try {
        if (what == CURL_POLL_REMOVE) {
            events.unwatch(socket);
        } else {
            const bool both = what == CURL_POLL_INOUT;
            events.watch(
                socket, both || what == CURL_POLL_IN, both || what == CURL_POLL_OUT);
        }
        return 0;
    } catch (...) {
        return -1;  // libcurl ends what it was doing
    }
}

int CurlMulti::on_curl_timer(CURLM* /*multi*/, long milliseconds, void* self) noexcept {
    auto& multi = *static_cast<CurlMulti*>(self);
    if (milliseconds > 0) {
        multi.curl_due_ = multi.now_ + std::chrono::milliseconds{milliseconds};
        multi.events_->wake_at(multi.curl_due_);
        return 0;
    }
    multi.curl_due_ = milliseconds == 0 ? base::TimePoint::min() : kNever;
    if (milliseconds == 0 && !multi.settling_) multi.events_->request_turn();
    return 0;
}

void CurlMulti::launch(Transfer& transfer) {
    now_ = std::chrono::steady_clock::now();
    if (ConnectionPool::is_untried(transfer.lane->lane)) go_ahead(transfer);
    CurlExchange& exchange = lanes_.take_exchange(*transfer.lane);
    exchange.transfer = &transfer;
    transfer.exchange = &exchange;
    transfer.place = in_flight_.size();
    in_flight_.push_back(&transfer);
    pool_.on_started(transfer.lane->lane);
    if (!exchange.begin(transfer.request, transfer.target)) {
        cut(transfer, ErrorKind::InvalidRequest, "its URL or a header cannot be sent");
    } else if (curl_multi_add_handle(multi_.get(), exchange.easy()) != CURLM_OK) {
        cut(transfer, ErrorKind::ConnectFailed, "libcurl did not take it");
    }
}

// The first request of an origin makes the connection that the others wait for (see
// ConnectionPool). Each gives it the time that is its own.
void CurlMulti::go_ahead(Transfer& transfer) {
    CurlLane& lane = *transfer.lane;
    lane.begin_connecting(now_);
    auto& timeout = transfer.request.timeouts.connect;
    timeout = std::min(timeout, lane.connect_due(transfer) - now_);
    watch_waiting(lane);
}

void CurlMulti::launch_waiting(CurlLane& lane) {
    while (!lane.waiting.empty() && pool_.has_room(lane.lane)) {
        Transfer& transfer = lane.waiting.front();
        lane.waiting.remove(transfer);
        --waiting_;
        launch(transfer);
    }
}

void CurlMulti::launch_all_waiting() {
    if (waiting_ == 0) return;
    for (auto& lane : lanes_.all()) launch_waiting(lane);
}

void CurlMulti::keep_waiting(Transfer& transfer) {
    CurlLane& lane = *transfer.lane;
    lane.waiting.push(transfer);
    ++waiting_;
    if (!ConnectionPool::is_untried(lane.lane)) return;
    lane.begin_connecting(transfer.entered_at);
    watch(lane.connect_due(transfer));
}

void CurlMulti::act(int socket, int events) {
    if (closed_) return;
    if (socket != CURL_SOCKET_TIMEOUT) now_ = std::chrono::steady_clock::now();
    int running = 0;
    curl_multi_socket_action(multi_.get(), socket, events, &running);
}

void CurlMulti::run_due() {
    curl_due_ = kNever;  // libcurl says again what is left
    act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::settle() {
    if (closed_) {
        tell_ended();
        return;
    }
    const Raised settling{settling_};
    tell_of_ends();
    // With few under way, what their ends started goes out at once; with many it
    // goes out together, after what else is ready.
    constexpr std::size_t kFew = 4;
    if (curl_due_ <= now_ && in_flight_.size() <= kFew) {
        run_due();
        tell_of_ends();
    }
    take_turn_soon();
}

void CurlMulti::tell_of_ends() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg == CURLMSG_DONE) {
            on_message(message->easy_handle, message->data.result);
        }
    }
    if (has_stuck_) readd_stuck();
    if (!ended_.empty()) tell_ended();
    launch_all_waiting();
}

void CurlMulti::take_turn_soon() {
    if (curl_due_ <= now_) {
        events_->request_turn();
    } else if (curl_due_ != kNever) {
        events_->wake_at(curl_due_);
    }
    // Also if it has passed since the patrol said so: nobody else would look again.
    if (patrol_due_ != kNever) events_->wake_at(patrol_due_);
}

void CurlMulti::on_message(CURL* easy, CURLcode code) {
    Transfer& transfer = *CurlExchange::of(easy).transfer;
    CurlExchange& exchange = *transfer.exchange;
    CurlLane& lane = *transfer.lane;
    curl_multi_remove_handle(multi_.get(), easy);
    if (exchange.may_go_again(code) &&
        curl_multi_add_handle(multi_.get(), easy) == CURLM_OK) {
        return;
    }
    auto end = exchange.finish(code);
    land(transfer);
    const auto* failure = std::get_if<TransferFailure>(&end);
    if (failure != nullptr && is_of_connecting(failure->failure.kind)) {
        fail_waiting(lane, *failure);
    }
    end_now(transfer, std::move(end));
}

// One request went ahead to connect: the others would only meet the same, one after
// another, except that they may have more time. They wait here, or in libcurl if a
// connection was open when they were launched.
void CurlMulti::fail_waiting(CurlLane& lane, const TransferFailure& failure) {
    if (!ConnectionPool::is_untried(lane.lane)) return;
    const auto kind = failure.failure.kind;
    const auto& message = failure.failure.message;
    // Those who came together go together.
    constexpr auto kTogether = std::chrono::milliseconds{10};
    const bool spares = kind == ErrorKind::ConnectTimedOut;
    lane.begin_connecting(now_);
    cut_waiting(lane, spares ? now_ + kTogether : kNever, kind, message);
    for (std::size_t i = in_flight_.size(); i-- > 0;) {
        Transfer& transfer = *in_flight_[i];
        if (transfer.lane == &lane && transfer.exchange->is_stuck()) {
            cut(transfer, kind, message);
        }
    }
}

void CurlMulti::cut_waiting(CurlLane& lane,
                            base::TimePoint due,
                            ErrorKind kind,
                            const std::string& why) {
    for (auto* transfer = lane.waiting.first(); transfer != nullptr;) {
        Transfer& late = *std::exchange(transfer, transfer->behind);
        if (lane.connect_due(late) <= due) cut(late, kind, why);
    }
}

// Requests that found their origin's connection closing stand in libcurl's own
// queue while the next is made, and it would let them go one at a time, each as
// another ends. Taken out and put in again they go at once.
void CurlMulti::readd_stuck() {
    has_stuck_ = false;
    for (const Transfer* transfer : in_flight_) {
        if (!transfer->exchange->is_stuck()) continue;
        CURL* easy = transfer->exchange->easy();
        curl_multi_remove_handle(multi_.get(), easy);
        curl_multi_add_handle(multi_.get(), easy);
    }
}

void CurlMulti::patrol() {
    patrol_due_ = kNever;
    patrol_in_flight();
    if (waiting_ > 0) patrol_waiting();
}

void CurlMulti::patrol_in_flight() {
    // From behind, since what is cut is replaced by the last.
    for (std::size_t i = in_flight_.size(); i-- > 0;) {
        Transfer& transfer = *in_flight_[i];
        const auto verdict = transfer.exchange->look(now_);
        if (!verdict) continue;
        if (verdict->failure) {
            cut(transfer, *verdict->failure, "nothing moved for too long");
        } else {
            patrol_due_ = std::min(patrol_due_, verdict->look_again);
        }
    }
}

void CurlMulti::patrol_waiting() {
    for (auto& lane : lanes_.all()) {
        if (!ConnectionPool::is_untried(lane.lane)) continue;
        lane.begin_connecting(now_);
        cut_waiting(
            lane, now_, ErrorKind::ConnectTimedOut, "no connection was made in time");
        watch_waiting(lane);
    }
}

void CurlMulti::watch_waiting(const CurlLane& lane) {
    for (const auto* transfer = lane.waiting.first(); transfer != nullptr;
         transfer = transfer->behind) {
        watch(lane.connect_due(*transfer));
    }
}

void CurlMulti::watch(base::TimePoint look_again) {
    if (look_again >= patrol_due_) return;
    patrol_due_ = look_again;
    events_->wake_at(patrol_due_);
}

void CurlMulti::land(Transfer& transfer) {
    CurlExchange& exchange = *transfer.exchange;
    pool_.on_ended(transfer.lane->lane, exchange.sends() > 0);
    exchange.transfer = nullptr;
    transfer.lane->idle.push_back(&exchange);
    transfer.exchange = nullptr;
    in_flight_[transfer.place] = in_flight_.back();
    in_flight_[transfer.place]->place = transfer.place;
    in_flight_.pop_back();
}

void CurlMulti::end_now(Transfer& transfer, TransferEnd&& end) {
    const auto id = transfer.id;
    const auto done = transfer.done;
    table_.remove(transfer);
    done.call(done.whom, id, std::move(end));
}

void CurlMulti::end_soon(Transfer& transfer, TransferEnd&& end) {
    ended_.push_back({transfer.id, transfer.done, std::move(end)});
    table_.remove(transfer);
    events_->request_turn();
}

void CurlMulti::cut(Transfer& transfer, base::ErrorKind kind, const std::string& why) {
    if (transfer.exchange == nullptr) {
        transfer.lane->waiting.remove(transfer);
        --waiting_;
        end_soon(transfer, unsent(kind, why));
        return;
    }
    curl_multi_remove_handle(multi_.get(), transfer.exchange->easy());
    auto failure = transfer.exchange->cut(kind, why);
    land(transfer);
    end_soon(transfer, std::move(failure));
}

void CurlMulti::tell_ended() {
    auto told = std::exchange(ended_, {});
    for (auto& ended : told) {
        ended.done.call(ended.done.whom, ended.id, std::move(ended.end));
    }
}

}  // namespace pyesi::transport

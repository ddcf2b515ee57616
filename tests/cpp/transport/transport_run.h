#pragma once

#include "transport/curl_transport.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::transport {

/// All ends that transfers came to, by transfer.
class Ends {
public:
    Completion completion() { return {&Ends::on_end, this}; }

    std::size_t count() const { return order_.size(); }
    std::size_t count(TransferId id) const {
        const auto known = by_id_.find(id);
        return known == by_id_.end() ? 0 : known->second.size();
    }
    const TransferEnd& of(TransferId id) const { return by_id_.at(id).at(0); }
    const std::vector<TransferId>& order() const { return order_; }

    /// Called at each end, after it is noted.
    std::function<void(TransferId)> then;

private:
    static void on_end(void* self, TransferId id, TransferEnd&& end) noexcept {
        auto& ends = *static_cast<Ends*>(self);
        ends.by_id_[id].push_back(std::move(end));
        ends.order_.push_back(id);
        if (ends.then) ends.then(id);
    }

    std::map<TransferId, std::vector<TransferEnd>> by_id_;
    std::vector<TransferId> order_;
};

inline TransferRequest get_of(std::string url) {
    TransferRequest request;
    request.url = std::move(url);
    return request;
}

inline TransferRequest post_of(std::string url, std::string_view body) {
    TransferRequest request = get_of(std::move(url));
    request.method = http::Method::Post;
    request.body = base::Bytes{body};
    request.has_body = true;
    return request;
}

/// A curl transport on a loop of its own, run by the test's thread.
class TransportRun {
public:
    explicit TransportRun(TransportSettings settings = {})
        : transport{std::make_unique<CurlTransport>(loop, std::move(settings))} {}

    TransferId start(TransferRequest request) {
        return transport->start(std::move(request), ends.completion());
    }

    /// Runs the loop until `done`, for ten seconds at most. True if done.
    bool run_until(const std::function<bool()>& done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (!done()) {
            const auto now = std::chrono::steady_clock::now();
            if (now >= limit) return false;
            loop.restart();
            loop.run_one_until(std::min(limit, now + std::chrono::milliseconds{20}));
        }
        return true;
    }

    /// Runs one transfer to its end.
    const TransferEnd& end_of(TransferRequest request) {
        const auto id = start(std::move(request));
        if (!run_until([&] { return ends.count(id) > 0; })) {
            throw std::runtime_error{"the transfer did not end"};
        }
        return ends.of(id);
    }

    TransferReply reply_to(TransferRequest request) {
        const auto& end = end_of(std::move(request));
        if (const auto* failure = std::get_if<TransferFailure>(&end)) {
            throw std::runtime_error{failure->failure.message};
        }
        return std::get<TransferReply>(end);
    }

    TransferFailure failure_of(TransferRequest request) {
        const auto& end = end_of(std::move(request));
        if (std::holds_alternative<TransferReply>(end)) {
            throw std::runtime_error{"a reply came"};
        }
        return std::get<TransferFailure>(end);
    }

    boost::asio::io_context loop{1};
    Ends ends;
    std::unique_ptr<CurlTransport> transport;
};

}  // namespace pyesi::transport

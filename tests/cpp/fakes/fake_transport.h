#pragma once

#include "transport/transport.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace pyesi::fakes {

/// A transport without a network: a test answers its requests.
///
/// Keeps the promises of Transport: each transfer ends once, and no completion is
/// called from inside `start` or `stop`, but from `deliver` or `close`.
///
/// Thread: any one at a time.
class FakeTransport final : public transport::Transport {
public:
    using TransferEnd = transport::TransferEnd;
    using TransferId = transport::TransferId;

    /// A request that was started and has no end yet.
    struct Started {
        TransferId id;
        transport::TransferRequest request;
        transport::Completion done;
    };

    FakeTransport() = default;

    /// `on_due` is called when there is an end to deliver where there was none: a
    /// place to post `deliver` to a loop.
    explicit FakeTransport(std::function<void()> on_due) : on_due_{std::move(on_due)} {}

    ~FakeTransport() override { close(); }

    TransferId start(transport::TransferRequest&& request,
                     transport::Completion done) override {
        const auto id = next_id_++;
        ++started_count_;
        Started started{id, std::move(request), done};
        if (closed_) {
            settle(started, failure(base::ErrorKind::ClientClosed));
        } else if (auto end = answer ? answer(started.request) : std::nullopt) {
            settle(started, std::move(*end));
        } else {
            open_.push_back(std::move(started));
        }
        return id;
    }

    void stop(TransferId id) noexcept override {
        end(id, failure(base::ErrorKind::Cancelled));
    }

    transport::PoolStatistics statistics() const override {
        transport::PoolStatistics statistics;
        statistics.in_flight = open_.size();
        return statistics;
    }

    void close() override {
        closed_ = true;
        while (!open_.empty()) {
            end(open_.front().id, failure(base::ErrorKind::ClientClosed));
        }
        while (deliver() > 0) {
        }
    }

    /// Answers at once what it has an answer for. The rest waits in `open`.
    std::function<std::optional<TransferEnd>(const transport::TransferRequest&)> answer;

    /// What was started and not ended, oldest first.
    const std::deque<Started>& open() const noexcept { return open_; }

    std::size_t started_count() const noexcept { return started_count_; }

    /// Ends a transfer at the next `deliver`. No effect if it has ended.
    void end(TransferId id, TransferEnd how) {
        const auto known = std::ranges::find(open_, id, &Started::id);
        if (known == open_.end()) return;
        Started started = std::move(*known);
        open_.erase(known);
        settle(started, std::move(how));
    }

    void end_oldest(TransferEnd how) { end(open_.front().id, std::move(how)); }

    /// Calls the completions of what has ended by now. How many.
    std::size_t deliver() {
        const auto due = std::exchange(due_, {});
        for (const auto& ended : due) {
            auto how = ended.end;
            ended.done.call(ended.done.whom, ended.id, std::move(how));
        }
        return due.size();
    }

    static TransferEnd reply(int status, std::string_view body = {}) {
        transport::TransferReply reply;
        reply.status = status;
        reply.body = base::Bytes{body};
        return reply;
    }

    static TransferEnd failure(base::ErrorKind kind, int sends = 0) {
        transport::TransferFailure failure;
        failure.failure = base::make_failure(kind, base::name_of(kind));
        failure.failure.attempts = sends;
        failure.sends = sends;
        failure.surely_not_sent = sends == 0;
        return failure;
    }

private:
    struct Ended {
        TransferId id;
        transport::Completion done;
        TransferEnd end;
    };

    void settle(const Started& started, TransferEnd how) {
        due_.push_back({started.id, started.done, std::move(how)});
        if (due_.size() == 1 && on_due_) on_due_();
    }

    std::function<void()> on_due_;
    std::deque<Started> open_;
    std::vector<Ended> due_;
    TransferId next_id_ = 1;
    std::size_t started_count_ = 0;
    bool closed_ = false;
};

}  // namespace pyesi::fakes

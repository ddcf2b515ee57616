#pragma once

#include "scheduler/ledger_account.h"
#include "scheduler/shared_ledger.h"
#include "storage/redis_address.h"
#include "storage/redis_connection.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace pyesi::engine {

/// A ledger in Redis, which processes on several machines share.
///
/// The rules of an account stand once, in scheduler::LedgerAccount. Redis keeps the
/// accounts as bytes, tells its own time with them, and takes changed ones only in
/// place of those that they were made from: one script, which names its keys. Where
/// another process was faster, the exchange is done again on what that one left.
///
/// Thread: network thread only.
class RedisLedger final : public scheduler::SharedLedger {
public:
    struct Settings {
        storage::RedisAddress address;
        std::chrono::milliseconds timeout{50};  ///< of one answer of Redis'

        /// What is under way at the end may go on for so long.
        std::chrono::milliseconds finishing{250};
    };

    /// Connects when it is first asked.
    RedisLedger(storage::Loop& loop, Settings settings);
    ~RedisLedger() override;

    void exchange(scheduler::LedgerRequest request, Replied replied) override;
    void close() override { is_closed_ = true; }
    void finish(const std::function<void()>& done) override;

private:
    /// One that is under way. It stays where it is until it is answered.
    struct Exchange;
    using Place = std::list<Exchange>::iterator;

    void connect();
    void learn_script();
    void send(Place exchange);
    void on_answer(Place exchange, const storage::RedisAnswer& answer);
    bool try_go_on(Place exchange, const storage::RedisAnswer& answer);
    bool take_in(Place exchange, const storage::RedisReply& reply);
    void end(Place exchange, std::optional<scheduler::LedgerReply> reply);
    void end_connection();

    storage::Loop& loop_;
    const Settings settings_;
    std::string script_;  ///< what Redis calls it; empty: it may not know it
    std::list<Exchange> exchanges_;
    std::function<void()> done_;  ///< who is told of the end
    bool is_closed_ = false;
    boost::asio::steady_timer finishing_;
    std::shared_ptr<RedisLedger*> self_;  // null for handlers that come too late
    std::unique_ptr<storage::RedisConnection> connection_;
};

}  // namespace pyesi::engine

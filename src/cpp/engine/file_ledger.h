#pragma once

#include "base/clock.h"
#include "scheduler/ledger_account.h"
#include "scheduler/shared_ledger.h"
#include "storage/sqlite_file.h"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace pyesi::engine {

/// The accounts of a ledger in an SQLite file, which the processes of one machine
/// share. Each exchange is one transaction. What was kept before the machine was
/// started last is forgotten: its clock began anew.
///
/// Nothing here waits for the disk: what a loss of power takes is forgotten anyway. A
/// file that is damaged is set aside; one that is somebody else's stays as it is.
///
/// Thread: any one at a time.
class LedgerTable {
public:
    /// `run`: see storage::boot_number.
    LedgerTable(std::string path, std::uint64_t run)
        : path_{std::move(path)}, run_{run} {}

    /// Nothing if the file cannot be had.
    std::optional<scheduler::LedgerReply> exchange(
        const scheduler::LedgerRequest& request, const base::Clock& clock);

private:
    bool open();
    storage::FileOutcome claim();
    bool has_our_tables();
    storage::FileOutcome make_tables();
    bool set_aside(storage::FileOutcome outcome);
    bool begin_run();
    bool try_exchange(const scheduler::LedgerRequest& request,
                      scheduler::LedgerTime now,
                      scheduler::LedgerReply& reply);
    scheduler::LedgerAccount read(std::uint64_t key);
    bool write(std::uint64_t key, const scheduler::LedgerAccount& account);
    void drop_idle(scheduler::LedgerTime now);
    void close() noexcept;

    std::string path_;
    std::uint64_t run_;
    unsigned exchanges_ = 0;
    storage::SqliteFile file_;

    // After the file, so that they go before it.
    storage::SqliteStatement find_;
    storage::SqliteStatement write_;
};

/// A ledger in a file. A thread of its own reads and writes it.
///
/// Thread: network thread only.
class FileLedger final : public scheduler::SharedLedger {
public:
    /// Opens nothing yet: its thread does. Both references must outlive it.
    FileLedger(boost::asio::io_context& loop,
               const base::Clock& clock,
               std::string path);
    ~FileLedger() override;

    void exchange(scheduler::LedgerRequest request, Replied replied) override;

    /// What was asked before is done, and answered to nobody.
    void close() override;

private:
    struct Asked {
        scheduler::LedgerRequest request;
        Replied replied;
    };

    void run() noexcept;
    bool wait_for(Asked& asked);

    boost::asio::io_context& loop_;
    const base::Clock& clock_;
    LedgerTable table_;  // the thread's own

    std::mutex mutex_;
    std::condition_variable work_;
    std::deque<Asked> asked_;
    bool closing_ = false;

    std::thread thread_;  // last, so that it starts on what is complete
};

}  // namespace pyesi::engine

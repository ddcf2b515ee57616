#include "engine/file_ledger.h"

#include "scheduler/account_codec.h"
#include "storage/boot_id.h"

#include <boost/asio/post.hpp>

#include <chrono>
#include <cstdio>
#include <optional>
#include <vector>

namespace pyesi::engine {

namespace {

using scheduler::LedgerTime;
using storage::FileOutcome;

// "pyEL": a file with another mark is somebody else's. config/_limits.py knows it too.
constexpr std::int64_t kApplication = 0x7079454c;
constexpr std::int64_t kVersion = 1;
constexpr const char* kMark = "PRAGMA application_id=1886995788";
constexpr const char* kTables =
    "PRAGMA user_version=1;"
    "DROP TABLE IF EXISTS accounts;"
    "DROP TABLE IF EXISTS runs;"
    "CREATE TABLE accounts (key INTEGER PRIMARY KEY, state BLOB NOT NULL);"
    "CREATE TABLE runs (run INTEGER NOT NULL);";
static_assert(kApplication == 1886995788 && kVersion == 1);

constexpr unsigned kDropEvery = 1000;

LedgerTime time_of(const base::Clock& clock) {
    return std::chrono::floor<LedgerTime>(clock.now().time_since_epoch());
}

std::int64_t row_of(std::uint64_t number) noexcept {
    return static_cast<std::int64_t>(number);
}

}  // namespace

std::optional<scheduler::LedgerReply> LedgerTable::exchange(
    const scheduler::LedgerRequest& request, const base::Clock& clock) {
    if (!file_.is_open() && !open()) return std::nullopt;
    // The lock first, and then the time: so it never goes back.
    auto outcome = file_.run("BEGIN IMMEDIATE");
    if (storage::is_well(outcome)) {
        scheduler::LedgerReply reply;
        const bool is_done =
            begin_run() && try_exchange(request, time_of(clock), reply);
        outcome = is_done ? file_.run("COMMIT") : FileOutcome::Failed;
        if (storage::is_well(outcome)) return reply;
        file_.run("ROLLBACK");
    }
    set_aside(outcome);
    // It may have been erased or replaced: it is looked at anew.
    if (outcome != FileOutcome::Busy) close();
    return std::nullopt;
}

bool LedgerTable::open() {
    auto outcome = file_.open(path_);
    if (set_aside(outcome)) outcome = file_.open(path_);
    if (storage::is_well(outcome)) outcome = claim();
    if (storage::is_well(outcome)) {
        outcome = file_.prepare("SELECT state FROM accounts WHERE key = ?1", find_);
    }
    if (storage::is_well(outcome)) {
        outcome =
            file_.prepare("INSERT OR REPLACE INTO accounts VALUES (?1, ?2)", write_);
    }
    if (storage::is_well(outcome)) return true;
    set_aside(outcome);
    close();
    return false;
}

/// Makes the file ours, unless it is somebody else's.
FileOutcome LedgerTable::claim() {
    const bool is_new = file_.number("SELECT count(*) FROM sqlite_master") == 0;
    const auto application = file_.number("PRAGMA application_id");
    if (application != kApplication) {
        if (!is_new || application != 0) return FileOutcome::Failed;
        // Into the file itself: who is killed now leaves one that says whose it is.
        const auto marked = file_.run(kMark);
        if (!storage::is_well(marked)) return marked;
    }
    auto outcome = file_.write_ahead();
    if (storage::is_well(outcome)) outcome = file_.run("PRAGMA synchronous=OFF");
    if (!storage::is_well(outcome) || has_our_tables()) return outcome;
    return make_tables();
}

bool LedgerTable::has_our_tables() {
    return file_.number("PRAGMA user_version") == kVersion;
}

FileOutcome LedgerTable::make_tables() {
    auto outcome = file_.run("BEGIN IMMEDIATE");
    if (!storage::is_well(outcome)) return outcome;
    // Another process may have made them while the lock was waited for.
    if (!has_our_tables()) outcome = file_.run(kTables);
    if (storage::is_well(outcome)) outcome = file_.run("COMMIT");
    if (!storage::is_well(outcome)) file_.run("ROLLBACK");
    return outcome;
}

/// True if it was damaged and is out of the way.
bool LedgerTable::set_aside(FileOutcome outcome) {
    if (outcome != FileOutcome::Damaged) return false;
    close();
    for (const char* const part : {"", "-wal", "-shm"}) {
        const auto name = path_ + part;
        const auto aside = path_ + ".damaged" + part;
        // What cannot be renamed stays, and opening it fails again.
        std::rename(name.c_str(), aside.c_str());
    }
    return true;
}

/// Forgets what is of another start of the machine.
bool LedgerTable::begin_run() {
    const auto run = row_of(run_);
    if (file_.number("SELECT run FROM runs") == run) return true;
    storage::SqliteStatement insert;
    const bool is_empty =
        storage::is_well(file_.run("DELETE FROM accounts; DELETE FROM runs;")) &&
        storage::is_well(file_.prepare("INSERT INTO runs VALUES (?1)", insert));
    if (!is_empty) return false;
    insert.bind(1, run);
    return storage::is_well(insert.run());
}

bool LedgerTable::try_exchange(const scheduler::LedgerRequest& request,
                               LedgerTime now,
                               scheduler::LedgerReply& reply) {
    for (const auto& report : request.accounts) {
        auto account = read(report.key);
        reply.grants.push_back(
            account.exchange(report, request.holder, request.number, now));
        if (report.kind == scheduler::AccountKind::Errors) {
            reply.processes = account.processes();
        }
        if (!write(report.key, account)) return false;
    }
    if (++exchanges_ % kDropEvery == 0) drop_idle(now);
    return true;
}

/// One that cannot be read begins anew, and is told what it has lost.
scheduler::LedgerAccount LedgerTable::read(std::uint64_t key) {
    find_.bind(1, row_of(key));
    std::optional<scheduler::AccountState> state;
    if (find_.step() == FileOutcome::Row) {
        state = scheduler::decode_account(find_.bytes_at(0));
    }
    find_.reset();
    return scheduler::LedgerAccount{
        std::move(state).value_or(scheduler::AccountState{})};
}

bool LedgerTable::write(std::uint64_t key, const scheduler::LedgerAccount& account) {
    const auto bytes = scheduler::encode_account(account.state());
    write_.bind(1, row_of(key));
    write_.bind(2, bytes);
    return storage::is_well(write_.run());
}

void LedgerTable::drop_idle(LedgerTime now) {
    storage::SqliteStatement all;
    storage::SqliteStatement erase;
    if (!storage::is_well(file_.prepare("SELECT key, state FROM accounts", all)) ||
        !storage::is_well(
            file_.prepare("DELETE FROM accounts WHERE key = ?1", erase))) {
        return;
    }
    std::vector<std::int64_t> idle;
    while (all.step() == FileOutcome::Row) {
        const auto state = scheduler::decode_account(all.bytes_at(1));
        if (!state || scheduler::LedgerAccount{*state}.is_idle(now)) {
            idle.push_back(all.number_at(0));
        }
    }
    for (const auto key : idle) {
        erase.bind(1, key);
        erase.run();
    }
}

void LedgerTable::close() noexcept {
    find_ = {};
    write_ = {};
    file_.close();
}

FileLedger::FileLedger(boost::asio::io_context& loop,
                       const base::Clock& clock,
                       std::string path)
    : loop_{loop},
      clock_{clock},
      table_{std::move(path), storage::boot_number()},
      thread_{[this] { run(); }} {}

FileLedger::~FileLedger() {
    close();
}

void FileLedger::exchange(scheduler::LedgerRequest request, Replied replied) {
    {
        const std::lock_guard lock{mutex_};
        asked_.push_back({std::move(request), std::move(replied)});
    }
    work_.notify_one();
}

void FileLedger::close() {
    {
        const std::lock_guard lock{mutex_};
        closing_ = true;
    }
    work_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void FileLedger::run() noexcept {
    Asked asked;
    while (wait_for(asked)) {
        auto reply = table_.exchange(asked.request, clock_);
        boost::asio::post(
            loop_,
            [replied = std::move(asked.replied), reply = std::move(reply)]() mutable {
                replied(std::move(reply));
            });
    }
}

/// False at the end.
bool FileLedger::wait_for(Asked& asked) {
    std::unique_lock lock{mutex_};
    work_.wait(lock, [this] { return closing_ || !asked_.empty(); });
    if (asked_.empty()) return false;
    asked = std::move(asked_.front());
    asked_.pop_front();
    return true;
}

}  // namespace pyesi::engine

#include "storage/sqlite_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <limits>

namespace pyesi::storage {

namespace {

std::atomic<bool> any_opened{false};
std::atomic<bool> forbidden{false};

FileOutcome outcome_of(int code) noexcept {
    constexpr int kPrimary = 256;  // the rest of a code tells details
    switch (code % kPrimary) {
        case SQLITE_OK:
        case SQLITE_DONE: return FileOutcome::Done;
        case SQLITE_ROW: return FileOutcome::Row;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return FileOutcome::Busy;
        case SQLITE_FULL: return FileOutcome::Full;
        case SQLITE_READONLY:
        case SQLITE_PERM: return FileOutcome::ReadOnly;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return FileOutcome::Damaged;
        default: return FileOutcome::Failed;
    }
}

/// Answers of characters are nobody else's to read. SQLite gives what it makes
/// beside the file the same rights.
void make_private(const std::string& path) noexcept {
    constexpr mode_t kOwnerOnly = 0600;
    const int made = ::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
    if (made >= 0) ::close(made);
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* prepared) const noexcept {
    sqlite3_finalize(prepared);
}

void SqliteStatement::bind(int parameter, std::int64_t number) noexcept {
    sqlite3_bind_int64(prepared_.get(), parameter, number);
}

void SqliteStatement::bind(int parameter, std::string_view bytes) noexcept {
    sqlite3_bind_blob64(
        prepared_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
}

FileOutcome SqliteStatement::step() noexcept {
    return outcome_of(sqlite3_step(prepared_.get()));
}

FileOutcome SqliteStatement::run() noexcept {
    const auto outcome = step();
    reset();
    return outcome;
}

std::int64_t SqliteStatement::number_at(int column) const noexcept {
    return sqlite3_column_int64(prepared_.get(), column);
}

std::string_view SqliteStatement::bytes_at(int column) const noexcept {
    const auto* bytes =
        static_cast<const char*>(sqlite3_column_blob(prepared_.get(), column));
    if (bytes == nullptr) return {};
    const auto count = sqlite3_column_bytes(prepared_.get(), column);
    return {bytes, static_cast<std::size_t>(count)};
}

void SqliteStatement::reset() noexcept {
    sqlite3_reset(prepared_.get());
    sqlite3_clear_bindings(prepared_.get());
}

void SqliteFile::Close::operator()(sqlite3* database) const noexcept {
    sqlite3_close_v2(database);
}

FileOutcome SqliteFile::open(const std::string& path) {
    close();
    if (forbidden) return FileOutcome::Forbidden;
    any_opened = true;
    make_private(path);
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                           SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    sqlite3* opened = nullptr;
    auto outcome = outcome_of(sqlite3_open_v2(path.c_str(), &opened, kFlags, nullptr));
    database_.reset(opened);
    if (is_well(outcome)) outcome = set_up();
    if (!is_well(outcome)) close();
    return outcome;
}

FileOutcome SqliteFile::set_up() noexcept {
    sqlite3_busy_timeout(database_.get(), kBusyMilliseconds);
    // A file that may not be written opens well for reading: we want to write.
    if (sqlite3_db_readonly(database_.get(), "main") == 1) return FileOutcome::ReadOnly;
    // The first look into it: until then it could be anything.
    return run("PRAGMA schema_version");
}

FileOutcome SqliteFile::write_ahead() noexcept {
    // NORMAL: a kill loses nothing that was committed; a loss of power may lose the
    // last transactions, and never breaks the file.
    return run(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "PRAGMA temp_store=MEMORY;");
}

FileOutcome SqliteFile::run(const char* statements) noexcept {
    return outcome_of(
        sqlite3_exec(database_.get(), statements, nullptr, nullptr, nullptr));
}

std::int64_t SqliteFile::number(const char* statement, std::int64_t usual) noexcept {
    SqliteStatement asked;
    if (prepare(statement, asked) != FileOutcome::Done) return usual;
    return asked.step() == FileOutcome::Row ? asked.number_at(0) : usual;
}

FileOutcome SqliteFile::prepare(std::string_view statement,
                                SqliteStatement& prepared) noexcept {
    sqlite3_stmt* made = nullptr;
    const auto outcome =
        outcome_of(sqlite3_prepare_v3(database_.get(),
                                      statement.data(),
                                      static_cast<int>(statement.size()),
                                      SQLITE_PREPARE_PERSISTENT,
                                      &made,
                                      nullptr));
    if (outcome == FileOutcome::Done) prepared = SqliteStatement{made};
    return outcome;
}

std::int64_t SqliteFile::changes() const noexcept {
    return sqlite3_changes64(database_.get());
}

void SqliteFile::abandon_after_fork() noexcept {
    if (any_opened) forbidden = true;
}

}  // namespace pyesi::storage

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace pyesi::storage {

/// What became of one thing that was asked of a file. Who asks may do something
/// different for each.
enum class FileOutcome : std::uint8_t {
    Done,
    Row,        ///< a row is there to be read
    Busy,       ///< another process or connection has it
    Full,       ///< the disk, or the bound on the file
    ReadOnly,   ///< it, or its folder, may not be written
    Damaged,    ///< it is no database, or no longer one
    Forbidden,  ///< by where we are: see SqliteFile::abandon_after_fork
    Failed,     ///< anything else
};

constexpr bool is_well(FileOutcome outcome) noexcept {
    return outcome == FileOutcome::Done || outcome == FileOutcome::Row;
}

/// A statement, prepared once and run often. Numbers of parameters begin with 1,
/// those of columns with 0.
///
/// Thread: any one at a time.
class SqliteStatement {
public:
    SqliteStatement() = default;
    explicit SqliteStatement(sqlite3_stmt* prepared) : prepared_{prepared} {}

    void bind(int parameter, std::int64_t number) noexcept;

    /// Not copied: REQUIRES that it lives until the next `reset`.
    void bind(int parameter, std::string_view bytes) noexcept;

    /// One row, or the end.
    FileOutcome step() noexcept;

    /// Steps once and resets: for what gives no row.
    FileOutcome run() noexcept;

    std::int64_t number_at(int column) const noexcept;

    /// Valid until the next step or reset.
    std::string_view bytes_at(int column) const noexcept;

    /// Ready for new parameters; holds no row and no lock any more.
    void reset() noexcept;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* prepared) const noexcept;
    };

    std::unique_ptr<sqlite3_stmt, Finalize> prepared_;
};

/// One SQLite file. One that it makes is readable for its owner alone.
///
/// Thread: any one at a time.
class SqliteFile {
public:
    /// How long a lock of another process is waited for.
    static constexpr int kBusyMilliseconds = 250;

    SqliteFile() = default;

    /// Opens the file, and makes it if there is none. Changes nothing in one that
    /// is there.
    FileOutcome open(const std::string& path);

    /// From now on changes are written ahead: whoever is killed loses what was not
    /// yet committed and nothing else, and who reads waits for nobody who writes.
    FileOutcome write_ahead() noexcept;

    bool is_open() const noexcept { return database_ != nullptr; }

    /// Prepared statements must be gone by then.
    void close() noexcept { database_.reset(); }

    FileOutcome run(const char* statements) noexcept;

    /// The one number that a statement gives; `usual` if it gives none.
    std::int64_t number(const char* statement, std::int64_t usual = 0) noexcept;

    /// `prepared` is changed only where it is Done.
    FileOutcome prepare(std::string_view statement, SqliteStatement& prepared) noexcept;

    /// Rows that the last statement changed.
    std::int64_t changes() const noexcept;

    /// In a forked child: SQLite's locks and its book of open files are the
    /// parent's, and no new handle of the same file would be safe. If any file was
    /// opened before the fork, none is opened in this process any more.
    static void abandon_after_fork() noexcept;

private:
    struct Close {
        void operator()(sqlite3* database) const noexcept;
    };

    FileOutcome set_up() noexcept;

    std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace pyesi::storage

#pragma once

#include "cache/cache_key.h"
#include "cache/entry_codec.h"
#include "storage/sqlite_file.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pyesi::cache {

/// The rows of a disk tier: encoded entries in one table of one SQLite file, a row
/// found by the 64 bits of its key's hash and only then by the whole key. Rows lie in
/// the order in which they came.
///
/// A file that is damaged is set aside under the name with ".damaged" behind it, in
/// place of one that was set aside before, and a new one is begun. A file of
/// somebody else's is left alone. Whatever fails is counted and may be tried again.
///
/// Thread: any one at a time.
class DiskTable {
public:
    struct Counts {
        std::uint64_t faults = 0;     ///< what the file could not do
        std::uint64_t damaged = 0;    ///< entries that could not be read, erased
        std::uint64_t set_aside = 0;  ///< files
        std::uint64_t evicted = 0;
        std::uint64_t erased = 0;
        std::size_t entries = 0;
        std::size_t bytes = 0;  ///< of the file, in use
    };

    /// `max_bytes` bounds what the file uses, once a transaction has ended.
    DiskTable(std::string path, std::size_t max_bytes)
        : path_{std::move(path)}, max_bytes_{max_bytes} {}

    /// True if the file can be used now. To be tried again later if not.
    bool open();
    bool is_open() const noexcept { return file_.is_open(); }
    void close() noexcept;

    /// The hashes of all keys. False if they could not be read.
    bool read_hashes(std::vector<std::uint64_t>& hashes);

    /// Whether another process has written since this was asked last.
    bool was_changed_by_another();

    /// Nothing on any failure. An entry that cannot be decoded is erased.
    std::optional<DecodedEntry> find(CacheKeyView key, const ClockReading& clocks);

    // Changes. Between begin and commit all must give true, or all are undone.

    bool begin();
    bool write(CacheKeyView key, std::string_view encoded);
    bool erase(CacheKeyView key);
    bool erase_if(const std::function<bool(std::string_view)>& matches);
    bool clear();
    bool commit();

    /// Evicts those written longest ago, if the file has passed its bound.
    void make_room();

    /// Takes what was written ahead into the file, if it is much: `at_leisure` if it
    /// is worth while, else only if it must be. Waits for the disk.
    void merge(bool at_leisure);

    const Counts& counts() const noexcept { return counts_; }

private:
    bool is_well(storage::FileOutcome outcome);
    bool prepare_statements();
    storage::FileOutcome claim();
    storage::FileOutcome make_tables();
    bool has_our_tables();
    std::uint64_t count_gone() noexcept;
    void recount();
    void set_aside();
    void measure();
    void forget_statements() noexcept;

    std::string path_;
    std::size_t max_bytes_;
    Counts counts_;
    std::int64_t seen_version_ = 0;
    std::size_t unmerged_bytes_ = 0;
    bool in_transaction_ = false;
    storage::SqliteFile file_;

    // After the file, so that they go before it.
    storage::SqliteStatement find_;
    storage::SqliteStatement is_there_;
    storage::SqliteStatement write_;
    storage::SqliteStatement erase_;
    storage::SqliteStatement evict_;
};

}  // namespace pyesi::cache

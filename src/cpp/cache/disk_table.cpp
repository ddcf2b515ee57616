#include "cache/disk_table.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace pyesi::cache {

namespace {

using storage::FileOutcome;

// "pyES": a file with another mark is somebody else's. The version is the tables';
// entries have one of their own.
constexpr std::int64_t kApplication = 0x70794553;
constexpr std::int64_t kVersion = 2;

// `number` grows with each write, so that what is written together lies together: by
// their hashes each would fill a page of its own. The least were written longest ago.
constexpr const char* kMark = "PRAGMA application_id=1886995795";
constexpr const char* kTables =
    "PRAGMA user_version=2;"
    "DROP TABLE IF EXISTS entries;"
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, hash INTEGER NOT NULL,"
    " key BLOB NOT NULL, entry BLOB NOT NULL);"
    "CREATE UNIQUE INDEX entries_by_hash ON entries (hash);";
static_assert(kApplication == 1886995795 && kVersion == 2);

constexpr const char* kFind = "SELECT key, entry FROM entries WHERE hash = ?1";
constexpr const char* kIsThere = "SELECT 1 FROM entries WHERE hash = ?1";
constexpr const char* kWrite =
    "INSERT OR REPLACE INTO entries (hash, key, entry) VALUES (?1, ?2, ?3)";
constexpr const char* kErase = "DELETE FROM entries WHERE hash = ?1 AND key = ?2";
constexpr const char* kEvict =
    "DELETE FROM entries WHERE number IN"
    " (SELECT number FROM entries ORDER BY number LIMIT 64)";

// Written ahead. To merge costs a wait for the disk, so it is done between bursts.
constexpr std::size_t kMuch = std::size_t{4} << 20U;
constexpr std::size_t kTooMuch = std::size_t{64} << 20U;

constexpr const char* kUsedBytes =
    "SELECT (SELECT page_count FROM pragma_page_count)"
    " - (SELECT freelist_count FROM pragma_freelist_count)";

std::int64_t row_of(CacheKeyView key) noexcept {
    return static_cast<std::int64_t>(key.hash);
}

}  // namespace

bool DiskTable::open() {
    if (is_open()) return true;
    auto outcome = file_.open(path_);
    if (outcome == FileOutcome::Damaged) {
        set_aside();
        outcome = file_.open(path_);
    }
    if (!storage::is_well(outcome)) {
        ++counts_.faults;
        return false;
    }
    return prepare_statements();
}

bool DiskTable::prepare_statements() {
    auto outcome = claim();
    const std::array wanted{std::pair{kFind, &find_},
                            std::pair{kIsThere, &is_there_},
                            std::pair{kWrite, &write_},
                            std::pair{kErase, &erase_},
                            std::pair{kEvict, &evict_}};
    for (const auto& [text, statement] : wanted) {
        if (storage::is_well(outcome)) outcome = file_.prepare(text, *statement);
    }
    if (!is_well(outcome)) {
        close();
        return false;
    }
    recount();
    measure();
    return true;
}

/// Makes the file ours, unless it is somebody else's.
storage::FileOutcome DiskTable::claim() {
    const bool is_new = file_.number("SELECT count(*) FROM sqlite_master") == 0;
    const auto application = file_.number("PRAGMA application_id");
    if (!is_new && application != kApplication) return FileOutcome::Failed;
    // The mark first and into the file itself: who is killed now leaves one that says
    // whose it is.
    auto outcome = is_new ? file_.run(kMark) : FileOutcome::Done;
    if (storage::is_well(outcome)) outcome = file_.write_ahead();
    // See merge.
    if (storage::is_well(outcome)) outcome = file_.run("PRAGMA wal_autocheckpoint=0");
    if (!storage::is_well(outcome)) return outcome;
    return has_our_tables() ? outcome : make_tables();
}

bool DiskTable::has_our_tables() {
    return file_.number("PRAGMA application_id") == kApplication &&
           file_.number("PRAGMA user_version") == kVersion;
}

storage::FileOutcome DiskTable::make_tables() {
    auto outcome = file_.run("BEGIN IMMEDIATE");
    if (!storage::is_well(outcome)) return outcome;
    // Another process may have made them while the lock was waited for.
    if (!has_our_tables()) outcome = file_.run(kTables);
    if (storage::is_well(outcome)) outcome = file_.run("COMMIT");
    if (!storage::is_well(outcome)) file_.run("ROLLBACK");
    return outcome;
}

void DiskTable::close() noexcept {
    forget_statements();
    file_.close();
    in_transaction_ = false;
}

void DiskTable::forget_statements() noexcept {
    find_ = {};
    is_there_ = {};
    write_ = {};
    erase_ = {};
    evict_ = {};
}

bool DiskTable::read_hashes(std::vector<std::uint64_t>& hashes) {
    if (!is_open()) return false;
    was_changed_by_another();
    storage::SqliteStatement all;
    // By the index, which is a hundredth of the table.
    auto outcome =
        file_.prepare("SELECT hash FROM entries INDEXED BY entries_by_hash", all);
    if (!is_well(outcome)) return false;
    while ((outcome = all.step()) == FileOutcome::Row) {
        hashes.push_back(static_cast<std::uint64_t>(all.number_at(0)));
    }
    all = {};
    return is_well(outcome);
}

bool DiskTable::was_changed_by_another() {
    if (!is_open()) return false;
    const auto version = file_.number("PRAGMA data_version");
    if (std::exchange(seen_version_, version) == version) return false;
    recount();
    return true;
}

std::optional<DecodedEntry> DiskTable::find(CacheKeyView key,
                                            const ClockReading& clocks) {
    if (!is_open()) return std::nullopt;
    find_.bind(1, row_of(key));
    const auto outcome = find_.step();
    std::optional<DecodedEntry> found;
    bool is_damaged = false;
    if (outcome == FileOutcome::Row && find_.bytes_at(0) == key.text) {
        found = decode_entry(key, find_.bytes_at(1), clocks);
        is_damaged = !found;
    }
    find_.reset();
    if (!is_well(outcome)) return std::nullopt;
    if (is_damaged) {
        ++counts_.damaged;
        erase(key);
    }
    return found;
}

bool DiskTable::begin() {
    if (!is_open()) return false;
    in_transaction_ = true;
    return is_well(file_.run("BEGIN IMMEDIATE"));
}

bool DiskTable::write(CacheKeyView key, std::string_view encoded) {
    if (!is_open()) return false;
    is_there_.bind(1, row_of(key));
    const bool is_new = is_there_.run() == FileOutcome::Done;
    write_.bind(1, row_of(key));
    write_.bind(2, key.text);
    write_.bind(3, encoded);
    if (!is_well(write_.run())) return false;
    counts_.entries += is_new ? 1 : 0;
    unmerged_bytes_ += encoded.size();
    return true;
}

bool DiskTable::erase(CacheKeyView key) {
    if (!is_open()) return false;
    erase_.bind(1, row_of(key));
    erase_.bind(2, key.text);
    if (!is_well(erase_.run())) return false;
    counts_.erased += count_gone();
    return true;
}

bool DiskTable::erase_if(const std::function<bool(std::string_view)>& matches) {
    if (!is_open()) return false;
    storage::SqliteStatement all;
    auto outcome = file_.prepare("SELECT hash, key FROM entries", all);
    std::vector<CacheKey> matching;
    while (storage::is_well(outcome) && (outcome = all.step()) == FileOutcome::Row) {
        const auto text = all.bytes_at(1);
        if (!matches(text)) continue;
        const auto hash = static_cast<std::uint64_t>(all.number_at(0));
        matching.push_back({std::string{text}, hash});
    }
    all = {};
    if (!is_well(outcome)) return false;
    return std::ranges::all_of(matching, [&](const auto& key) { return erase(key); });
}

bool DiskTable::clear() {
    if (!is_open()) return false;
    if (!is_well(file_.run("DELETE FROM entries"))) return false;
    counts_.erased += count_gone();
    return true;
}

bool DiskTable::commit() {
    if (!is_open()) return false;
    if (!is_well(file_.run("COMMIT"))) return false;
    in_transaction_ = false;
    measure();
    return true;
}

void DiskTable::make_room() {
    if (!is_open() || counts_.bytes <= max_bytes_) return;
    const auto enough = max_bytes_ - max_bytes_ / 10;
    while (is_open() && counts_.bytes > enough) {
        if (!is_well(evict_.run())) return;
        const auto evicted = count_gone();
        if (evicted == 0) return;
        counts_.evicted += evicted;
        measure();
    }
}

std::uint64_t DiskTable::count_gone() noexcept {
    const auto gone = static_cast<std::size_t>(file_.changes());
    counts_.entries -= std::min(counts_.entries, gone);
    return gone;
}

void DiskTable::recount() {
    const auto entries = file_.number("SELECT count(*) FROM entries");
    counts_.entries = static_cast<std::size_t>(entries);
}

void DiskTable::merge(bool at_leisure) {
    if (!is_open() || unmerged_bytes_ < (at_leisure ? kMuch : kTooMuch)) return;
    unmerged_bytes_ = 0;
    // What another process still reads stays for the next time.
    is_well(file_.run("PRAGMA wal_checkpoint(PASSIVE)"));
}

void DiskTable::measure() {
    const auto pages = file_.number(kUsedBytes);
    const auto page_bytes = file_.number("PRAGMA page_size");
    counts_.bytes = static_cast<std::size_t>(pages * page_bytes);
}

/// Counts a failure, undoes what was begun, and sets a damaged file aside.
bool DiskTable::is_well(FileOutcome outcome) {
    if (storage::is_well(outcome)) return true;
    ++counts_.faults;
    if (std::exchange(in_transaction_, false) && is_open()) {
        file_.run("ROLLBACK");
        recount();
    }
    if (outcome == FileOutcome::Damaged) {
        close();
        set_aside();
    }
    return false;
}

void DiskTable::set_aside() {
    ++counts_.set_aside;
    counts_.entries = 0;
    for (const auto* beside : {"", "-wal", "-shm"}) {
        const auto name = path_ + beside;
        const auto aside = path_ + ".damaged" + beside;
        // What cannot be renamed stays, and opening it fails again.
        std::rename(name.c_str(), aside.c_str());
    }
}

}  // namespace pyesi::cache

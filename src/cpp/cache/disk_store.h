#pragma once

#include "base/clock.h"
#include "cache/disk_table.h"
#include "cache/hash_filter.h"
#include "cache/store.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace pyesi::cache {

/// The tier on disk: what it keeps outlives the process.
///
/// A thread of its own reads and writes the file. `find` knows only what has not
/// been written yet; `look_up` asks the thread, unless it surely has nothing.
/// Changes are held in memory until the transaction that holds them has ended, so a
/// caller sees its own at once, and waits for none. One that cannot be written stays
/// known as far as it says what the file must not be believed about, and is tried
/// again.
///
/// Thread-safe.
class DiskStore final : public Store {
public:
    struct Settings {
        std::string path;
        std::size_t max_bytes = std::size_t{1} << 30U;         ///< of the file, in use
        std::size_t max_entry_bytes = std::size_t{16} << 20U;  ///< heavier are refused

        /// What may wait to be written; beyond it only that it changed is kept.
        std::size_t max_pending_bytes = std::size_t{64} << 20U;

        /// Changes are gathered for so long into one transaction.
        std::chrono::milliseconds gathering{50};

        /// How long a file that failed is let alone.
        std::chrono::milliseconds retry_after{1000};

        /// See ClockReading::run.
        std::uint64_t clock_run = 0;
    };

    /// Opens nothing yet: its thread does. `clock` must outlive it.
    /// Throws std::invalid_argument if a bound is zero or there is no path.
    DiskStore(Settings settings, const base::Clock& clock);

    /// As `close`.
    ~DiskStore() override;

    EntryPtr find(CacheKeyView key, base::TimePoint now) override;
    void look_up(const CacheKey& key, base::TimePoint now, const Found& found) override;
    bool may_take_time() const noexcept override { return true; }

    void store(CacheKey key, EntryPtr entry) override;
    bool erase(CacheKeyView key) override;
    std::size_t erase_if(const std::function<bool(std::string_view)>& matches) override;
    void clear() override;
    void close() override;
    StoreStatistics statistics() const override;

    /// Waits until all that was changed before has been written, or cannot be.
    void flush();

private:
    using Lock = std::unique_lock<std::mutex>;
    using Instant = std::chrono::steady_clock::time_point;
    using Sweep = std::function<bool(std::string_view)>;  ///< empty: all

    struct TextHash {
        using is_transparent = void;  // NOLINT(readability-identifier-naming)
        std::size_t operator()(std::string_view text) const noexcept {
            return static_cast<std::size_t>(hash_of(text));
        }
    };

    /// A change that is not in the file yet. Without an entry it is gone.
    struct Change {
        EntryPtr entry;
        std::uint64_t hash = 0;
        std::uint64_t number = 0;
        bool has_failed = false;
    };
    using Changes = std::unordered_map<std::string, Change, TextHash, std::equal_to<>>;

    struct Asked {
        CacheKey key;
        base::TimePoint now;
        Found found;
    };

    /// What the thread does next, in this order.
    struct Work {
        std::vector<Sweep> sweeps;
        std::deque<Asked> asked;
        std::vector<std::pair<std::string, Change>> changes;
        bool ends = false;
    };

    // Of those marked * it is required that the lock is held.
    bool is_surely_absent(CacheKeyView key) const noexcept;  // *
    void change(CacheKeyView key, EntryPtr entry);           // *
    void give_up_changes();                                  // *
    void drop_pending(const Sweep& matches);                 // *

    // The thread's.
    void run() noexcept;
    Work wait_for_work();
    bool has_work() const noexcept;  // *
    void take_changes(Work& work);   // *
    void perform(Work& work);
    bool is_at_leisure();
    bool open();
    bool sweep(const Work& work);
    void answer(const Asked& asked, bool has_swept);
    EntryPtr read(const Asked& asked);
    bool try_write(const Work& work);
    void on_written(const Work& work);
    void on_not_written(const Work& work);
    void refresh_filter();
    void read_filter();
    void publish_counts();

    const Settings settings_;
    const base::Clock& clock_;
    DiskTable table_;       // the thread's own
    Instant filter_until_;  // the thread's own

    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable idle_;
    Changes changes_;
    std::deque<std::pair<std::string, std::uint64_t>> order_;
    std::vector<Sweep> sweeps_;
    std::deque<Asked> asked_;
    std::unique_ptr<HashFilter> filter_;  ///< null: not known yet what there is
    StoreStatistics counts_;
    std::size_t pending_bytes_ = 0;
    std::uint64_t next_number_ = 0;
    Instant batch_at_{};     ///< when what waits is to be written
    Instant retry_at_{};     ///< and not before this
    bool is_usable_ = true;  ///< until it is known better
    bool is_idle_ = false;
    bool closing_ = false;

    std::thread thread_;  // last, so that it starts on what is complete
};

}  // namespace pyesi::cache

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace pyesi::engine {

/// What a warming has done so far.
struct WarmingReport {
    std::size_t requests = 0;  ///< that are to be kept warm

    std::uint64_t requested = 0;    ///< asked of ESI: the sum of the next three
    std::uint64_t revalidated = 0;  ///< a 304: what was kept is still true
    std::uint64_t changed = 0;      ///< a new answer
    std::uint64_t failed = 0;       ///< an error, or no answer

    std::uint64_t fresh = 0;    ///< times that one was looked at and was fresh
    std::uint64_t skipped = 0;  ///< times that one had expired, and nobody used it
    std::size_t idle = 0;       ///< requests that nobody uses now
    std::size_t dropped = 0;    ///< requests given up, since ESI says no to them

    bool running = true;
};

/// Where a warming on the network thread tells others what it has done.
///
/// Thread-safe.
class WarmingTally {
public:
    template <class Change>
    void change(Change&& change) {
        {
            const std::lock_guard lock{mutex_};
            std::forward<Change>(change)(report_);
        }
        changed_.notify_all();
    }

    WarmingReport report() const {
        const std::lock_guard lock{mutex_};
        return report_;
    }

    /// Waits until the warming has ended, for so long at most. Whether it has.
    bool wait_for_end(std::chrono::milliseconds longest) const {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, longest, [&] { return !report_.running; });
    }

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    WarmingReport report_;
};

}  // namespace pyesi::engine

#pragma once

#include "base/time.h"
#include "engine/workers.h"
#include "metrics/request_metrics.h"

#include <chrono>
#include <future>
#include <string>

namespace pyesi::engine {

/// Keeps the past beside the cache's file: what an earlier run left is taken in when
/// it begins, and written anew every ten minutes and at the end. What cannot be read
/// or written is no fault: there is less of the past then.
///
/// Of several processes that have one file, each keeps its own past in memory; in the
/// file the periods of both stand, and of a period that both have that of who wrote
/// last.
///
/// Thread: network thread only, but for the end.
class HistoryFile {
public:
    /// `path` is the cache's; empty: nothing is read or written.
    HistoryFile(std::string path, metrics::RequestMetrics& metrics);

    /// Reads it, on a worker. REQUIRES: it outlives the workers.
    void begin(Workers& workers, base::TimePoint now);

    /// Until it was read, or a disk takes too long. From any thread but the network's.
    void wait_until_read() const { read_.wait_for(kPatience); }

    /// Whether there is a file to keep it in.
    bool is_kept() const noexcept { return !path_.empty(); }

    /// To be called now and then: writes what is due, on a worker.
    void look(Workers& workers, base::TimePoint now) {
        if (now >= due_) write_by(workers, now);
    }

    /// Writes it on the calling thread, once the network thread has ended.
    void write(base::TimePoint now);

private:
    static constexpr std::chrono::seconds kPatience{1};

    void write_by(Workers& workers, base::TimePoint now);

    std::string path_;
    metrics::RequestMetrics& metrics_;
    std::promise<void> reading_;
    std::shared_future<void> read_{reading_.get_future()};
    base::TimePoint due_ = base::TimePoint::max();
};

}  // namespace pyesi::engine

#pragma once

#include "base/result.h"
#include "columns/record_batch.h"
#include "engine/answer.h"
#include "engine/warming_tally.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pyesi::engine {

/// Names one thing that was asked of an engine: a request, or a unit of several.
using Tag = std::uint64_t;

/// The end of a batch: one result for each item, in the order asked for.
struct BatchEnd {
    std::vector<base::Result<Answer>> results;
};

/// The end of a sweep.
struct SweepEnd {
    std::vector<Answer> pages;  ///< empty where they were handed over, or are a table

    /// Of a sweep that makes a table, else null.
    std::shared_ptr<const columns::TablePlan> table{};
    std::vector<columns::RecordBatchPtr> batches{};  ///< in the order of the pages
    int page_count = 0;                              ///< pages that are in the table
    std::uint64_t repeats = 0;  ///< rows that came twice, and were left out once

    std::optional<base::WallTime> last_modified;
    bool consistent = true;
    int rounds = 0;
    std::optional<base::Failure> torn;  ///< one snapshot was asked for, and is not had
};

/// A page of a streamed sweep, in columns.
struct PageRows {
    columns::RecordBatchPtr batch;
    std::uint64_t repeats = 0;  ///< rows that the page before has, and this no longer
    std::optional<base::WallTime> last_modified{};
};

/// Is told how a request ended.
///
/// Thread: network thread only; told there, not by it.
class EndReceiver {
public:
    EndReceiver() = default;
    EndReceiver(const EndReceiver&) = delete;
    EndReceiver& operator=(const EndReceiver&) = delete;
    virtual ~EndReceiver() = default;

    /// Called exactly once for each tag, on the network thread. Must not call
    /// back into the engine.
    virtual void on_end(Tag tag, base::Result<Answer>&& end) noexcept = 0;
};

/// Whoever waits outside: an event loop or a blocked thread.
///
/// Each tag ends by exactly one of the calls that end it.
///
/// Thread: network thread only; told there, not by it.
class CompletionSink : public EndReceiver {
public:
    virtual void on_batch_end(Tag tag, BatchEnd&& end) noexcept = 0;
    virtual void on_sweep_end(Tag tag, base::Result<SweepEnd>&& end) noexcept = 0;

    /// What it has done, or why it was stopped. Not for those who start none.
    virtual void on_warming_end(Tag /*tag*/,
                                base::Result<WarmingReport>&& /*end*/) noexcept {}

    /// The rows, or DecodeFailed. Not for those who have nothing read.
    virtual void on_reading_end(
        Tag /*tag*/, base::Result<columns::RecordBatchPtr>&& /*end*/) noexcept {}

    /// A page answered with a status that ends the sweep.
    virtual void on_sweep_answer(Tag tag, Answer&& answer) noexcept = 0;

    virtual void on_progress(Tag tag, std::size_t done, std::size_t total) noexcept = 0;

    /// An item of a batch that is handed over one by one; `index` counts from 0. Not
    /// for those who start none. `bytes`: what it holds of the batch's window until it
    /// is taken.
    virtual void on_item(Tag /*tag*/,
                         std::size_t /*index*/,
                         base::Result<Answer>&& /*end*/,
                         std::size_t /*bytes*/) noexcept {}

    /// A page of a streamed sweep; `index` counts from 0. `bytes` as for an item.
    virtual void on_page(Tag tag,
                         std::size_t index,
                         Answer&& page,
                         std::size_t bytes) noexcept = 0;

    /// The same of a sweep whose rows are wanted. Not for those who want none.
    virtual void on_rows(Tag /*tag*/,
                         std::size_t /*index*/,
                         PageRows&& /*rows*/,
                         std::size_t /*bytes*/) noexcept {}
};

}  // namespace pyesi::engine

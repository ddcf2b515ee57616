#pragma once

#include "engine/receiver.h"
#include "engine/state_news.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace pyesi::bindings {

struct Progress {
    std::size_t done;
    std::size_t total;
};

struct PageEvent {
    std::size_t index;
    engine::Answer page;
    std::size_t bytes;
};

struct RowsEvent {
    std::size_t index;
    engine::PageRows rows;
    std::size_t bytes;
};

struct ItemEvent {
    ItemEvent(std::size_t its_index,
              base::Result<engine::Answer>&& its_end,
              std::size_t its_bytes)
        : index{its_index}, end{std::move(its_end)}, bytes{its_bytes} {}

    std::size_t index;
    base::Result<engine::Answer> end;
    std::size_t bytes;
};

/// One thing that the network thread has to tell, without a Python object in it.
struct Completion {
    using What = std::variant<Progress,
                              PageEvent,
                              RowsEvent,
                              ItemEvent,
                              base::Result<engine::Answer>,
                              engine::BatchEnd,
                              base::Result<engine::SweepEnd>,
                              base::Result<engine::WarmingReport>,
                              base::Result<columns::RecordBatchPtr>>;

    engine::Tag tag = 0;
    What what;

    /// Nothing follows it.
    bool is_last() const noexcept { return what.index() > 3; }
};

/// What lies between the network thread and one event loop or blocked thread.
/// The network thread wakes the other side once for many: only when the queue
/// stops being empty.
///
/// Thread-safe.
class CompletionQueue final : public engine::CompletionSink,
                              public engine::NewsReceiver {
public:
    /// `has_descriptor`: an event loop watches it; else threads wait.
    /// Throws std::system_error if there is no descriptor to be had.
    explicit CompletionQueue(bool has_descriptor);
    ~CompletionQueue() override;

    /// Readable while something is queued; -1 without one.
    int fileno() const noexcept { return read_end_; }

    /// At most `limit` completions, oldest first.
    std::vector<Completion> take(std::size_t limit);

    /// The oldest completion of `tag`, waiting up to `longest` for it.
    std::optional<Completion> wait_for(engine::Tag tag,
                                       std::chrono::milliseconds longest);

    /// Drops what is queued of `tag`, and what comes of it up to its end.
    void forget(engine::Tag tag);

    /// Drops what is queued and what comes later.
    void close();

    /// Wakes the loop that is to take them; a thread that waits comes by itself.
    void on_news() noexcept override;

    void on_end(engine::Tag tag, base::Result<engine::Answer>&& end) noexcept override;
    void on_batch_end(engine::Tag tag, engine::BatchEnd&& end) noexcept override;
    void on_sweep_end(engine::Tag tag,
                      base::Result<engine::SweepEnd>&& end) noexcept override;
    void on_warming_end(engine::Tag tag,
                        base::Result<engine::WarmingReport>&& end) noexcept override;
    void on_reading_end(engine::Tag tag,
                        base::Result<columns::RecordBatchPtr>&& end) noexcept override;
    void on_sweep_answer(engine::Tag tag, engine::Answer&& answer) noexcept override;
    void on_progress(engine::Tag tag,
                     std::size_t done,
                     std::size_t total) noexcept override;
    void on_page(engine::Tag tag,
                 std::size_t index,
                 engine::Answer&& page,
                 std::size_t bytes) noexcept override;
    void on_rows(engine::Tag tag,
                 std::size_t index,
                 engine::PageRows&& rows,
                 std::size_t bytes) noexcept override;
    void on_item(engine::Tag tag,
                 std::size_t index,
                 base::Result<engine::Answer>&& end,
                 std::size_t bytes) noexcept override;

private:
    void push(Completion&& completion) noexcept;
    bool is_forgotten(const Completion& completion);
    void signal() const noexcept;
    void unsignal() const noexcept;

    std::mutex mutex_;
    std::condition_variable come_;
    std::deque<Completion> queue_;
    std::unordered_set<engine::Tag> forgotten_;
    bool signalled_ = false;
    bool closed_ = false;
    int read_end_ = -1;
    int write_end_ = -1;  // the same descriptor where there is eventfd
};

}  // namespace pyesi::bindings

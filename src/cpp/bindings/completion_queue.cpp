#include "bindings/completion_queue.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

namespace pyesi::bindings {

namespace {

struct Ends {
    int read;
    int write;
};

Ends open_ends() {
#ifdef __linux__
    const int both = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (both < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return {both, both};
#else
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    for (const int end : ends) {
        fcntl(end, F_SETFL, O_NONBLOCK);
        fcntl(end, F_SETFD, FD_CLOEXEC);
    }
    return {ends[0], ends[1]};
#endif
}

}  // namespace

CompletionQueue::CompletionQueue(bool has_descriptor) {
    if (!has_descriptor) return;
    const auto ends = open_ends();
    read_end_ = ends.read;
    write_end_ = ends.write;
}

CompletionQueue::~CompletionQueue() {
    if (read_end_ >= 0) ::close(read_end_);
    if (write_end_ >= 0 && write_end_ != read_end_) ::close(write_end_);
}

std::vector<Completion> CompletionQueue::take(std::size_t limit) {
    const std::lock_guard lock{mutex_};
    const auto count = static_cast<std::ptrdiff_t>(std::min(limit, queue_.size()));
    std::vector<Completion> taken(std::make_move_iterator(queue_.begin()),
                                  std::make_move_iterator(queue_.begin() + count));
    queue_.erase(queue_.begin(), queue_.begin() + count);
    // While something is left the descriptor stays readable, and the loop comes back.
    if (queue_.empty() && std::exchange(signalled_, false)) unsignal();
    return taken;
}

std::optional<Completion> CompletionQueue::wait_for(engine::Tag tag,
                                                    std::chrono::milliseconds longest) {
    std::unique_lock lock{mutex_};
    const auto is_its = [&](const Completion& one) { return one.tag == tag; };
    auto found = queue_.end();
    come_.wait_for(lock, longest, [&] {
        found = std::ranges::find_if(queue_, is_its);
        return found != queue_.end();
    });
    if (found == queue_.end()) return std::nullopt;
    auto completion = std::move(*found);
    queue_.erase(found);
    return completion;
}

void CompletionQueue::forget(engine::Tag tag) {
    const std::lock_guard lock{mutex_};
    bool has_ended = false;
    std::erase_if(queue_, [&](const Completion& one) {
        if (one.tag == tag) has_ended = has_ended || one.is_last();
        return one.tag == tag;
    });
    if (!has_ended) forgotten_.insert(tag);
}

void CompletionQueue::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    queue_.clear();
}

void CompletionQueue::on_news() noexcept {
    const std::lock_guard lock{mutex_};
    if (closed_ || write_end_ < 0 || std::exchange(signalled_, true)) return;
    signal();
}

void CompletionQueue::on_end(engine::Tag tag,
                             base::Result<engine::Answer>&& end) noexcept {
    push({tag, std::move(end)});
}

void CompletionQueue::on_batch_end(engine::Tag tag, engine::BatchEnd&& end) noexcept {
    push({tag, std::move(end)});
}

void CompletionQueue::on_sweep_end(engine::Tag tag,
                                   base::Result<engine::SweepEnd>&& end) noexcept {
    push({tag, std::move(end)});
}

void CompletionQueue::on_warming_end(
    engine::Tag tag, base::Result<engine::WarmingReport>&& end) noexcept {
    push({tag, std::move(end)});
}

void CompletionQueue::on_reading_end(
    engine::Tag tag, base::Result<columns::RecordBatchPtr>&& end) noexcept {
    push({tag, std::move(end)});
}

void CompletionQueue::on_sweep_answer(engine::Tag tag,
                                      engine::Answer&& answer) noexcept {
    push({tag, base::Result<engine::Answer>{std::move(answer)}});
}

void CompletionQueue::on_progress(engine::Tag tag,
                                  std::size_t done,
                                  std::size_t total) noexcept {
    push({tag, Progress{done, total}});
}

void CompletionQueue::on_page(engine::Tag tag,
                              std::size_t index,
                              engine::Answer&& page,
                              std::size_t bytes) noexcept {
    push({tag, PageEvent{index, std::move(page), bytes}});
}

void CompletionQueue::on_rows(engine::Tag tag,
                              std::size_t index,
                              engine::PageRows&& rows,
                              std::size_t bytes) noexcept {
    push({tag, RowsEvent{index, std::move(rows), bytes}});
}

void CompletionQueue::on_item(engine::Tag tag,
                              std::size_t index,
                              base::Result<engine::Answer>&& end,
                              std::size_t bytes) noexcept {
    // Made where it is kept: gcc 12 takes what is moved there for uninitialised.
    push({tag,
          Completion::What{
              std::in_place_type<ItemEvent>, index, std::move(end), bytes}});
}

bool CompletionQueue::is_forgotten(const Completion& completion) {
    const auto found = forgotten_.find(completion.tag);
    if (found == forgotten_.end()) return false;
    if (completion.is_last()) forgotten_.erase(found);
    return true;
}

void CompletionQueue::push(Completion&& completion) noexcept {
    const std::lock_guard lock{mutex_};
    if (closed_ || is_forgotten(completion)) return;
    queue_.push_back(std::move(completion));
    if (write_end_ < 0) {
        come_.notify_all();
    } else if (!std::exchange(signalled_, true)) {
        signal();
    }
}

void CompletionQueue::signal() const noexcept {
    const std::uint64_t one = 1;
    const auto size = write_end_ == read_end_ ? sizeof one : 1;
    while (::write(write_end_, &one, size) < 0 && errno == EINTR) {
    }
}

void CompletionQueue::unsignal() const noexcept {
    std::uint64_t count = 0;
    // It does not block: the descriptor was made so.
    // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection)
    while (::read(read_end_, &count, sizeof count) < 0 && errno == EINTR) {
    }
}

}  // namespace pyesi::bindings

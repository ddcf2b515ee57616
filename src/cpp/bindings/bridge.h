#pragma once

#include "bindings/completion_queue.h"

#include <pybind11/pybind11.h>

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

namespace pyesi::bindings {

/// Hands completions over to Python: to the futures of one event loop, or to a
/// thread that blocks. The Python objects stay on this side; the queue between
/// knows tags alone, so an interpreter may end while requests are in flight.
///
/// Thread: any one at a time, with the GIL.
class Bridge {
public:
    explicit Bridge(const pybind11::object& loop);
    ~Bridge();
    Bridge(const Bridge&) = delete;
    Bridge& operator=(const Bridge&) = delete;

    const std::shared_ptr<CompletionQueue>& queue() const noexcept { return queue_; }

    /// Remembers who waits for `tag`. `future` may be None: then `wait` is used.
    void expect(engine::Tag tag, pybind11::object future, pybind11::object on_event);

    /// Readable while there is something to drain.
    int fileno() const noexcept { return queue_->fileno(); }

    /// Settles what has ended, at most 256 at a time: other work of the loop must
    /// go on between.
    void drain();

    std::size_t pending() const noexcept { return expected_.size(); }

    /// Has `tell` told what becomes of an engine's upstreams: what, of which, and for
    /// how many seconds. Each is told once, by the first of its bridges that comes by.
    void watch(std::shared_ptr<engine::StateNews> news, pybind11::object tell);

    /// The next event of `tag`, as Python's tuple; raises its failure. Blocks with
    /// the GIL released, and lets signals through every 50 ms.
    pybind11::object wait(engine::Tag tag);

    /// Whoever waited for `tag` has given up before its end: nothing of it is kept.
    void forget(engine::Tag tag);

    /// Nothing arrives any more.
    void close();

private:
    struct Expected {
        pybind11::object future;
        pybind11::object on_event;
    };

    void settle(Completion&& completion);
    void tell_news();

    std::shared_ptr<CompletionQueue> queue_;
    std::shared_ptr<engine::StateNews> news_;  ///< null: nobody is told
    pybind11::object tell_;
    std::unordered_map<engine::Tag, Expected> expected_;
};

void bind_bridge(pybind11::module_& core);

}  // namespace pyesi::bindings

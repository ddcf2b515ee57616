#pragma once

#include <coroutine>

namespace pyesi::engine {

/// A coroutine that runs by itself from the call to its end and frees itself.
///
/// It waits by plain awaiters whose `await_suspend` leaves the handle with
/// whoever resumes it, so a waiting request costs one frame and nothing else.
/// What must happen at its end, however it ends, is held by a guard in its
/// frame: an exception destroys the frame's locals and is then dropped here,
/// since there is nobody above to catch it.
///
/// Thread: network thread only.
struct Flow {
    struct promise_type {  // NOLINT(readability-identifier-naming): the language's name
        Flow get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept {}
    };
};

}  // namespace pyesi::engine

#pragma once

#include <mutex>
#include <utility>

namespace pyesi::base {

/// A value that can be reached only while its mutex is held.
///
/// Thread-safe.
template <class T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_{std::move(value)} {}

    /// Runs `use(value)` under the lock. `use` must not block or call out.
    ///
    /// Returns by value, so that no reference into the guarded state outlives
    /// the lock.
    template <class Use>
    auto with(Use&& use) {
        const std::lock_guard lock{mutex_};
        return std::forward<Use>(use)(value_);
    }

private:
    std::mutex mutex_;
    T value_{};
};

}  // namespace pyesi::base

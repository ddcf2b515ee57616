#pragma once

#include "base/failure.h"

#include <utility>
#include <variant>

namespace pyesi::base {

/// A value, or why there is none.
///
/// Thread: any one at a time.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}    // NOLINT
    Result(Failure why) : state_{std::in_place_index<1>, std::move(why)} {}  // NOLINT

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    /// REQUIRES: ok().
    T& value() & { return std::get<0>(state_); }
    const T& value() const& { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }

    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }

    /// REQUIRES: !ok().
    Failure& failure() & { return std::get<1>(state_); }
    const Failure& failure() const& { return std::get<1>(state_); }
    Failure&& failure() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Failure> state_;
};

}  // namespace pyesi::base

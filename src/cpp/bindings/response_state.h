#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "engine/answer.h"

#include <pybind11/pybind11.h>

#include <mutex>
#include <utility>

namespace pyesi::bindings {

/// What a Python Response holds.
///
/// Thread-safe: a free-threaded interpreter may ask for the body twice at once.
class ResponseState {
public:
    explicit ResponseState(engine::Answer its_answer) : answer{std::move(its_answer)} {}

    /// The decoded body; decoded at the first asking and kept.
    base::Result<base::Bytes> content();

    const engine::Answer answer;

private:
    std::mutex mutex_;
    base::Bytes decoded_;
    bool is_decoded_ = false;
};

/// As Python's pyesi.Source spells it.
constexpr const char* name_of(engine::Source source) noexcept {
    switch (source) {
        case engine::Source::Network: return "network";
        case engine::Source::Fresh: return "fresh";
        case engine::Source::Revalidated: return "revalidated";
        case engine::Source::Stale: return "stale";
    }
    return "network";
}

/// All that a Response shows, as plain Python values.
pybind11::tuple picklable(const engine::Answer& answer, const base::Bytes& content);

/// The way back. Throws pybind11::cast_error for another shape.
engine::Answer from_picklable(const pybind11::tuple& state);

}  // namespace pyesi::bindings

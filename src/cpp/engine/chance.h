#pragma once

#include <random>

namespace pyesi::engine {

/// Where jitter comes from. What decides is handed a draw and stays repeatable.
///
/// Thread: network thread only.
class Chance {
public:
    Chance() : source_{std::random_device{}()} {}

    /// In [0, 1).
    double draw() { return std::uniform_real_distribution<double>{0.0, 1.0}(source_); }

private:
    std::minstd_rand source_;
};

}  // namespace pyesi::engine

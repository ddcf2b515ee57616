#pragma once

#include "engine/dispatcher.h"

#include <algorithm>
#include <future>
#include <thread>

namespace pyesi::engine {

/// Keeps every worker busy until it is let go, so that what is given to them waits.
class HeldWorkers {
public:
    explicit HeldWorkers(Dispatcher& dispatcher) {
        const auto workers = std::max(2U, std::thread::hardware_concurrency()) - 1;
        const auto until = let_go_.get_future().share();
        for (unsigned worker = 0; worker < workers; ++worker) {
            dispatcher.workers().run(
                [until] {
                    until.wait();
                    return true;
                },
                [](bool) {});
        }
    }
    HeldWorkers(const HeldWorkers&) = delete;
    HeldWorkers& operator=(const HeldWorkers&) = delete;
    ~HeldWorkers() {
        if (!gone_) let_go();
    }

    void let_go() {
        gone_ = true;
        let_go_.set_value();
    }

private:
    std::promise<void> let_go_;
    bool gone_ = false;
};

}  // namespace pyesi::engine

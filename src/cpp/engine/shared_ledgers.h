#pragma once

#include "base/clock.h"
#include "engine/engine_config.h"
#include "scheduler/shared_ledger.h"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace pyesi::engine {

/// Where limits are shared, as the settings say; null where they are not.
/// Thread: network thread's part, made before that runs.
std::unique_ptr<scheduler::SharedLedger> make_shared_ledger(
    boost::asio::io_context& loop,
    const EngineConfig& config,
    const base::Clock& clock);

}  // namespace pyesi::engine

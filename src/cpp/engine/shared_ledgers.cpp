#include "engine/shared_ledgers.h"

#include "engine/file_ledger.h"
#include "engine/redis_ledger.h"

namespace pyesi::engine {

std::unique_ptr<scheduler::SharedLedger> make_shared_ledger(
    boost::asio::io_context& loop,
    const EngineConfig& config,
    const base::Clock& clock) {
    if (config.limits_redis.is_set()) {
        return std::make_unique<RedisLedger>(
            loop,
            RedisLedger::Settings{.address = config.limits_redis,
                                  .timeout = config.limits_timeout});
    }
    if (config.limits_path.empty()) return nullptr;
    return std::make_unique<FileLedger>(loop, clock, config.limits_path);
}

}  // namespace pyesi::engine

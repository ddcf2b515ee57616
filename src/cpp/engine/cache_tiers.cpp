#include "engine/cache_tiers.h"

#include "cache/tiered_store.h"
#include "storage/boot_id.h"

#include <utility>

namespace pyesi::engine {

namespace {

/// `upper` alone where there is nothing below.
std::shared_ptr<cache::Store> over(std::shared_ptr<cache::Store> upper,
                                   std::shared_ptr<cache::Store> lower) {
    if (!lower) return upper;
    if (!upper) return lower;
    return std::make_shared<cache::TieredStore>(std::move(upper), std::move(lower));
}

}  // namespace

CacheTiers make_cache_tiers(boost::asio::io_context& loop,
                            const EngineConfig& config,
                            const base::Clock& clock) {
    CacheTiers tiers;
    if (!config.cache_enabled) return tiers;
    tiers.memory = std::make_shared<cache::MemoryStore>(config.memory);
    // What outlives the process tells its times by this.
    const auto run = storage::boot_number();
    if (!config.disk.path.empty()) {
        auto settings = config.disk;
        settings.clock_run = run;
        tiers.disk = std::make_shared<cache::DiskStore>(std::move(settings), clock);
    }
    if (config.redis.address.is_set()) {
        auto settings = config.redis;
        settings.clock_run = run;
        tiers.redis =
            std::make_shared<cache::RedisStore>(loop, std::move(settings), clock);
    }
    tiers.store = over(tiers.memory, over(tiers.redis, tiers.disk));
    return tiers;
}

}  // namespace pyesi::engine

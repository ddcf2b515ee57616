#pragma once

#include "base/clock.h"
#include "cache/disk_store.h"
#include "cache/memory_store.h"
#include "cache/redis_store.h"
#include "cache/store.h"
#include "engine/engine_config.h"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace pyesi::engine {

/// What an engine's cache is made of. All null where it is disabled.
struct CacheTiers {
    std::shared_ptr<cache::MemoryStore> memory;  ///< the store, or a part of it
    std::shared_ptr<cache::DiskStore> disk;      ///< null: there is no such tier
    std::shared_ptr<cache::RedisStore> redis;    ///< null: there is no such tier
    std::shared_ptr<cache::Store> store;         ///< all of them as one
};

/// Redis goes before the file: it alone knows what other machines have erased, and the
/// file answers where it cannot. Loop and clock must outlive the tiers.
CacheTiers make_cache_tiers(boost::asio::io_context& loop,
                            const EngineConfig& config,
                            const base::Clock& clock);

}  // namespace pyesi::engine

#include "engine/cache_mode.h"

namespace pyesi::engine {

cache::RequestDirectives directives_of(CacheMode mode) noexcept {
    cache::RequestDirectives directives;
    switch (mode) {
        case CacheMode::Default: break;
        case CacheMode::Reload: directives.no_cache = true; break;
        case CacheMode::NoStore: directives.no_store = true; break;
        case CacheMode::OnlyIfCached: directives.only_if_cached = true; break;
        case CacheMode::ForceStale: directives.max_stale = base::Duration::max(); break;
    }
    return directives;
}

}  // namespace pyesi::engine

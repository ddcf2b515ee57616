#pragma once

#include "base/time.h"
#include "cache/entry.h"
#include "cache/reuse.h"

namespace pyesi::engine {

/// What would become of a request at this moment, as far as the cache decides it.
struct Explanation {
    bool repeatable = true;  ///< else it is never kept nor shared
    bool cached = true;      ///< there is a cache
    cache::EntryPtr entry;   ///< what is kept of it; may be null
    cache::Reuse reuse = cache::Reuse::Revalidate;
    bool joins = false;  ///< an equal request is under way
    base::Duration age{0};
    base::Duration fresh_for{0};  ///< 0: not fresh
};

}  // namespace pyesi::engine

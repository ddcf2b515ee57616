#include "base/freed_memory.h"

#include <cstdlib>  // defines __GLIBC__ where that is

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace pyesi::base {

void return_freed_memory() noexcept {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

}  // namespace pyesi::base

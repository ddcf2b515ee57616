#pragma once

namespace pyesi::base {

/// Gives memory that was freed back to the system. glibc keeps it for the thread that
/// asked for it, so that what one thread frees is of no use to another; elsewhere
/// nothing needs to be done. It takes some 100 µs, and allocating threads wait for it.
///
/// Thread-safe.
void return_freed_memory() noexcept;

}  // namespace pyesi::base

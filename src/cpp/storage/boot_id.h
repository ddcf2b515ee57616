#pragma once

#include <cstdint>

namespace pyesi::storage {

/// A number that is the same in all processes since the machine was started, and
/// another after the next start: while it stays, instants of the policy clock of
/// one process mean the same in another. Where the system tells none, a number that
/// no other process has.
std::uint64_t boot_number();

}  // namespace pyesi::storage

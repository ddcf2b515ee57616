#pragma once

#include "scheduler/ledger_account.h"

#include <optional>
#include <string>
#include <string_view>

namespace pyesi::scheduler {

/// An account as bytes, for a ledger that keeps it in a file. Within one machine: the
/// bytes are as its processor has them.
std::string encode_account(const AccountState& state);

/// Nothing if the bytes are no account, or one that cannot be.
std::optional<AccountState> decode_account(std::string_view bytes);

}  // namespace pyesi::scheduler

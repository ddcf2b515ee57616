#include "scheduler/account_codec.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ranges>
#include <utility>

namespace pyesi::scheduler {

namespace {

// Another version is another format, and not read.
constexpr std::int64_t kVersion = 0x707945'4c0001;

// In milliseconds or tokens: no sum of a few overflows.
constexpr std::int64_t kMost = 1'000'000'000'000'000;
constexpr std::int64_t kMostEntries = 1'000'000;

// In milliseconds, some 126 years: a difference of two is a length in nanoseconds, too.
constexpr std::int64_t kMostTime = 4'000'000'000'000;

/// Everything is a number, one after the other.
class Writer {
public:
    void number(std::int64_t value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void number(std::uint64_t value) { number(static_cast<std::int64_t>(value)); }
    void time(LedgerTime value) { number(std::int64_t{value.count()}); }

    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

/// Takes numbers off the front. Once one is missing or beyond reason, it is spoilt.
class Reader {
public:
    explicit Reader(std::string_view bytes) noexcept : left_{bytes} {}

    std::uint64_t any() noexcept {
        std::uint64_t value = 0;
        if (left_.size() < sizeof value) {
            well_ = false;
            return 0;
        }
        std::memcpy(&value, left_.data(), sizeof value);
        left_.remove_prefix(sizeof value);
        return value;
    }

    std::int64_t number(std::int64_t least = -kMost) noexcept {
        const auto value = static_cast<std::int64_t>(any());
        well_ = well_ && value >= least && value <= kMost;
        return well_ ? value : 0;
    }

    LedgerTime time() noexcept {
        const auto value = number(-kMostTime);
        well_ = well_ && value <= kMostTime;
        return LedgerTime{well_ ? value : 0};
    }
    bool flag() noexcept { return number(0) != 0; }

    /// Whether all was read, and was well.
    bool is_well_read() const noexcept { return well_ && left_.empty(); }
    bool is_well() const noexcept { return well_; }

private:
    std::string_view left_;
    bool well_ = true;
};

void write_leases(const AccountState& state, Writer& to) {
    to.number(std::uint64_t{state.leases.size()});
    for (const auto& lease : state.leases) {
        to.number(lease.holder);
        to.number(lease.number);
        to.number(lease.total);
        to.number(lease.held);
        to.time(lease.until);
        to.time(lease.seen);
        to.time(lease.wanted);
    }
}

void write_spent(const AccountState& state, Writer& to) {
    to.number(std::uint64_t{state.spent.size()});
    for (const auto& slot : state.spent) {
        to.time(slot.end);
        to.number(slot.tokens);
    }
}

void read_leases(Reader& from, AccountState& state) {
    const auto count = std::min(from.number(0), kMostEntries);
    for (std::int64_t i = 0; i < count && from.is_well(); ++i) {
        auto& lease = state.leases.emplace_back();
        lease.holder = from.any();
        lease.number = from.any();
        lease.total = from.any();
        lease.held = from.number(0);
        lease.until = from.time();
        lease.seen = from.time();
        lease.wanted = from.time();
    }
}

void read_spent(Reader& from, AccountState& state) {
    const auto count = std::min(from.number(0), kMostEntries);
    for (std::int64_t i = 0; i < count && from.is_well(); ++i) {
        auto& slot = state.spent.emplace_back();
        slot.end = from.time();
        slot.tokens = from.number(0);
    }
}

bool can_be(const AccountState& state) noexcept {
    return state.window >= LedgerTime::zero() &&
           std::ranges::is_sorted(state.spent, {}, &LedgerSlot::end);
}

}  // namespace

std::string encode_account(const AccountState& state) {
    Writer to;
    to.number(kVersion);
    to.number(std::int64_t{state.kind == AccountKind::Errors});
    to.number(state.max_tokens);
    to.time(state.window);
    to.number(std::int64_t{state.size_is_told});
    to.number(std::int64_t{state.heard});
    for (const auto time : {state.latest, state.shift, state.born, state.settles_until})
        to.time(time);
    to.number(state.others);
    to.time(state.others_until);
    to.time(state.word_at);
    to.time(state.closed_until);
    to.number(std::int64_t{state.is_shut});
    to.number(state.prober);
    to.time(state.probe_until);
    to.number(state.errors_left);
    to.time(state.window_end);
    write_spent(state, to);
    write_leases(state, to);
    return to.take();
}

std::optional<AccountState> decode_account(std::string_view bytes) {
    Reader from{bytes};
    if (from.any() != kVersion) return std::nullopt;
    AccountState state;
    state.kind = from.flag() ? AccountKind::Errors : AccountKind::Floating;
    state.max_tokens = from.number(0);
    state.window = from.time();
    state.size_is_told = from.flag();
    state.heard = from.flag();
    for (auto* const time :
         {&state.latest, &state.shift, &state.born, &state.settles_until})
        *time = from.time();
    state.others = from.number(0);
    state.others_until = from.time();
    state.word_at = from.time();
    state.closed_until = from.time();
    state.is_shut = from.flag();
    state.prober = from.any();
    state.probe_until = from.time();
    state.errors_left = from.number();
    state.window_end = from.time();
    read_spent(from, state);
    read_leases(from, state);
    if (!from.is_well_read() || !can_be(state)) return std::nullopt;
    return state;
}

}  // namespace pyesi::scheduler

#include "scheduler/retry_budget.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace pyesi::scheduler {

namespace {

std::int64_t second_of(base::TimePoint now) noexcept {
    return std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

void RetryBudget::on_first_attempt(base::TimePoint now) noexcept {
    ++current(now).first_attempts;
}

bool RetryBudget::try_spend(base::TimePoint now) noexcept {
    if (left(now) <= 0) return false;
    ++current(now).retries;
    return true;
}

std::int64_t RetryBudget::left(base::TimePoint now) noexcept {
    if (!settings_.limited) return std::numeric_limits<std::int64_t>::max();
    const auto newest = second_of(now);
    std::int64_t first_attempts = 0;
    std::int64_t retries = 0;
    for (const auto& cell : cells_) {
        if (cell.second + static_cast<std::int64_t>(kCells) <= newest) continue;
        first_attempts += cell.first_attempts;
        retries += cell.retries;
    }
    const auto share = settings_.share * static_cast<double>(first_attempts);
    // A thousandth, since 0.2 × 5 may come out below 1.
    return std::int64_t{settings_.floor} + static_cast<std::int64_t>(share + 0.001) -
           retries;
}

RetryBudget::Cell& RetryBudget::current(base::TimePoint now) noexcept {
    const auto second = std::max<std::int64_t>(0, second_of(now));
    auto& cell = cells_[static_cast<std::size_t>(second) % kCells];
    if (cell.second != second) cell = {second, 0, 0};
    return cell;
}

}  // namespace pyesi::scheduler

#pragma once

#include "base/time.h"
#include "scheduler/day/dice.h"
#include "scheduler/day/routes.h"
#include "scheduler/priority.h"

#include <cstdint>
#include <vector>

namespace pyesi::scheduler::day {

/// One habit of one process: so many requests every so often, of which a few run at
/// once. What pyesi's users do (users' workloads, 2026): sweeps of the market, its
/// history, contracts and structures that refuse, characters that are polled, a user
/// who clicks, mails.
struct Stream {
    RouteName route = RouteName::UniverseTypes;
    Priority priority = Priority::Normal;
    base::Duration every{};  ///< between two wishes; their mean, if they come alone
    std::uint32_t count = 1;
    std::uint32_t at_once = 20;
    bool alone = false;  ///< a single request: it has a deadline, and comes by chance
    bool insatiable = false;  ///< asks again whenever something has ended
    std::uint32_t first_identity = 0;
    std::uint32_t identities = 1;  ///< taken in turn
    double not_modified = 0;       ///< share of answers that are 304
    double refused = 0;            ///< share that are 403 or 404
    double given_up = 0;           ///< share that their caller cancels

    // How it stands.
    std::uint32_t wished = 0;
    std::uint32_t under_way = 0;
    std::uint32_t asked = 0;
    base::TimePoint last_went{};
};

/// No token goes along.
inline constexpr std::uint32_t kAddress = 0;

/// Whom the first process lets ask for its wallet without end; each process has one.
constexpr std::uint32_t greedy_identity(std::uint32_t process) noexcept {
    return 10'000 + process;
}

/// The habits of one of `processes`. `load` scales how much they ask for.
std::vector<Stream> make_streams(std::uint32_t process,
                                 std::uint32_t processes,
                                 double load,
                                 Dice& dice);

}  // namespace pyesi::scheduler::day

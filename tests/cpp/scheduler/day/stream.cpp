#include "scheduler/day/stream.h"

#include <algorithm>
#include <chrono>

namespace pyesi::scheduler::day {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::uint32_t scaled(double count, double load) {
    return std::max(1U, static_cast<std::uint32_t>(count * load));
}

Stream sweep(RouteName route, base::Duration every, std::uint32_t count) {
    return {.route = route,
            .priority = Priority::Background,
            .every = every,
            .count = count,
            .at_once = 40};
}

Stream single(RouteName route, Priority priority, base::Duration mean) {
    return {.route = route,
            .priority = priority,
            .every = mean,
            .alone = true,
            .refused = 0.002,
            .given_up = 0.01};
}

/// What one process does for all: crawls of what is public.
std::vector<Stream> crawls(double load, Dice& dice) {
    auto orders = sweep(RouteName::MarketOrders, minutes{5}, scaled(400, load));
    orders.not_modified = dice.share();
    auto history = sweep(RouteName::MarketHistory, hours{1}, scaled(3000, load));
    history.refused = 0.01;
    auto contracts = sweep(RouteName::ContractItems, minutes{30}, scaled(500, load));
    contracts.refused = 0.03;
    auto structures = sweep(RouteName::StructureOrders, hours{1}, scaled(200, load));
    structures.refused = 0.7;
    structures.identities = 3;
    auto killmails = sweep(RouteName::Killmails, minutes{15}, scaled(300, load));
    killmails.priority = Priority::Normal;
    return {orders, history, contracts, structures, killmails};
}

/// What each does for characters of its own.
std::vector<Stream> polls(std::uint32_t first, double load) {
    auto location = sweep(RouteName::Location, minutes{1}, scaled(5, load));
    location.priority = Priority::Normal;
    auto notifications = sweep(RouteName::Notifications, minutes{8}, 3);
    auto assets = sweep(RouteName::Assets, minutes{30}, scaled(60, load));
    std::vector polls{location, notifications, assets};
    for (auto& poll : polls) {
        poll.first_identity = first;
        poll.identities = 3;
        poll.not_modified = 0.3;
        poll.refused = 0.005;
    }
    return polls;
}

Stream greedy(RouteName route, Priority priority, std::uint32_t identity) {
    return {.route = route,
            .priority = priority,
            .at_once = 20,
            .insatiable = true,
            .first_identity = identity};
}

}  // namespace

std::vector<Stream> make_streams(std::uint32_t process,
                                 std::uint32_t processes,
                                 double load,
                                 Dice& dice) {
    auto streams = polls(100 * (process + 1), load);
    if (process < 2) {
        const auto crawled = crawls(load, dice);
        streams.insert(streams.end(), crawled.begin(), crawled.end());
    }
    const auto pace = [load](int count) {
        return base::from_seconds(count / std::max(load, 0.1));
    };
    streams.push_back(single(RouteName::MarketOrders, Priority::Interactive, pace(15)));
    streams.push_back(
        single(RouteName::UniverseTypes, Priority::Interactive, pace(10)));
    streams.push_back(single(RouteName::UniverseTypes, Priority::Warming, pace(20)));
    auto mail = single(RouteName::SendMail, Priority::Normal, minutes{2});
    mail.first_identity = 100 * (process + 1);
    streams.push_back(mail);

    streams.push_back(
        greedy(RouteName::Wallet, Priority::Background, greedy_identity(process)));
    // All draw on the one bucket of the address, some as Background, some as Warming.
    const bool contends = process == 0 || dice.chance(2.0 / processes);
    if (contends) {
        const auto priority = process == 0 ? Priority::Background : Priority::Warming;
        streams.push_back(greedy(RouteName::ServerStatus, priority, kAddress));
    }
    return streams;
}

}  // namespace pyesi::scheduler::day

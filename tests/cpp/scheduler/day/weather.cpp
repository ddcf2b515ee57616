#include "scheduler/day/weather.h"

#include "http/status.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace pyesi::scheduler::day {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = Fate::Kind;

constexpr std::array kTroubles{Fate{Kind::Served, 500},
                               Fate{Kind::Served, 502},
                               Fate{Kind::Served, 504},
                               Fate{Kind::Served, http::kSlowDown},
                               Fate{Kind::Unreachable, 0},
                               Fate{Kind::Lost, 0},
                               Fate{Kind::Silent, 0}};

// EveKit (2019): 500,000 calls a day, 2,000 errors, a third of them 502.
constexpr double kUsualTrouble = 0.004;
// What a limiter deep in the game server refuses without a word.
constexpr double kUntoldRefusals = 0.002;

}  // namespace

Weather::Weather(base::Duration begins, base::Duration length, Dice& dice) {
    add_downtime(dice);
    const auto bursts = 1 + static_cast<int>(base::in_seconds(length) / 3600 / 4);
    for (int burst = 0; burst < bursts; ++burst) add_burst(begins, length, dice);
}

/// The servers answer 503 from 11:00 on; in between nobody listens, or does and says
/// nothing.
void Weather::add_downtime(Dice& dice) {
    const auto from = hours{11} + dice.between(seconds{-60}, seconds{60});
    const auto gone = from + dice.between(seconds{0}, minutes{2});
    const auto back = gone + dice.between(seconds{0}, minutes{3});
    const auto until = back + dice.between(minutes{1}, minutes{10});
    const auto kind = dice.chance(0.5) ? Kind::Unreachable : Kind::Silent;
    spells_.push_back({from, gone, 1, {Kind::Served, 503}});
    spells_.push_back({gone, back, 1, {kind, 0}});
    spells_.push_back({back, until, 1, {Kind::Served, 503}});
}

void Weather::add_burst(base::Duration begins, base::Duration length, Dice& dice) {
    const auto from = begins + dice.between(seconds{0}, length);
    const auto until = from + dice.between(seconds{10}, minutes{5});
    const auto share = dice.chance(0.3) ? 1.0 : 0.2 + 0.6 * dice.share();
    const auto& fate = kTroubles[dice.below(kTroubles.size())];
    spells_.push_back({from, until, share, fate});
}

Fate Weather::fate_of(RouteName route, base::Duration time_of_day, Dice& dice) {
    for (const auto& spell : spells_) {
        if (time_of_day < spell.from || time_of_day >= spell.until) continue;
        if (spell.share >= 1 || dice.chance(spell.share)) return spell.fate;
    }
    if (dice.chance(kUsualTrouble)) {
        return dice.chance(0.4) ? Fate{Kind::Served, 502}
                                : kTroubles[dice.below(kTroubles.size() - 1)];
    }
    const bool has_hidden_limiter = route == RouteName::ContractItems;
    if (has_hidden_limiter && dice.chance(kUntoldRefusals)) {
        return {Kind::Served, http::kTooManyRequests};
    }
    return {};
}

std::optional<base::Duration> Weather::well_since(base::Duration time_of_day) const {
    auto since = time_of_day;
    for (const auto& spell : spells_) {
        if (spell.from > time_of_day) continue;
        if (time_of_day < spell.until) return std::nullopt;
        since = std::min(since, time_of_day - spell.until);
    }
    return since;
}

}  // namespace pyesi::scheduler::day

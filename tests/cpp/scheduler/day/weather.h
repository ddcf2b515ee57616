#pragma once

#include "base/time.h"
#include "scheduler/day/dice.h"
#include "scheduler/day/routes.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace pyesi::scheduler::day {

/// What befalls one request on its way.
struct Fate {
    enum class Kind : std::uint8_t {
        Served,       ///< `status`, if it is not 0, in place of what it would get
        Unreachable,  ///< no connection
        Lost,         ///< served, and the connection breaks before the answer came
        Silent,       ///< accepted, and never answered
    };

    Kind kind = Kind::Served;
    int status = 0;
};

/// When ESI is ill on one day: the daily downtime, bursts of trouble, and the few
/// errors of every hour.
///
/// Thread: any one at a time.
class Weather {
public:
    /// A time of trouble: of what comes then, `share` has its fate.
    struct Spell {
        base::Duration from{};  ///< time of day
        base::Duration until{};
        double share = 1;
        Fate fate{};
    };

    /// For what lies in [begins, begins + length) of a day.
    Weather(base::Duration begins, base::Duration length, Dice& dice);

    /// REQUIRES: `time_of_day` never goes back.
    Fate fate_of(RouteName route, base::Duration time_of_day, Dice& dice);

    /// For how long nothing has been amiss; nothing while something is.
    std::optional<base::Duration> well_since(base::Duration time_of_day) const;

    const std::vector<Spell>& spells() const noexcept { return spells_; }

private:
    void add_downtime(Dice& dice);
    void add_burst(base::Duration begins, base::Duration length, Dice& dice);

    std::vector<Spell> spells_;
};

}  // namespace pyesi::scheduler::day

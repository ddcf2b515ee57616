#pragma once

#include "scheduler/day/day.h"

#include <string>
#include <vector>

namespace pyesi::scheduler::day {

/// What a day has shown that must not be, in words; empty if all laws held.
std::vector<std::string> broken_laws(const DayPlan& plan, const DayRecord& record);

}  // namespace pyesi::scheduler::day

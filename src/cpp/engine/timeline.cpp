#include "engine/timeline.h"

#include <algorithm>

namespace pyesi::engine {

namespace {

using scheduler::GateName;

struct Visited {
    Timeline::Part part;
    float seconds = 0;
    const PastAttempt* before = nullptr;  ///< a pause: what it follows
};

Timeline::Part part_of(const AttemptTimes& times, std::size_t span) noexcept {
    switch (static_cast<AttemptTimes::Span>(span)) {
        case AttemptTimes::ByLimit: return {Phase::Gate, times.limit};
        case AttemptTimes::ByBreaker: return {Phase::Gate, GateName::Breaker};
        case AttemptTimes::ByTurn: return {Phase::Gate, times.turn};
        case AttemptTimes::Pool: return {Phase::Pool};
        case AttemptTimes::Connect: return {Phase::Connect};
        case AttemptTimes::Tls: return {Phase::Tls};
        case AttemptTimes::Wait: return {Phase::Wait};
        case AttemptTimes::Receive: return {Phase::Receive};
        case AttemptTimes::Decode: break;
    }
    return {Phase::Decode};
}

template <class Visit>
void visit_attempt(const AttemptTimes& times, const Visit& visit) {
    for (std::size_t span = 0; span < AttemptTimes::kSpans; ++span) {
        if (times.seconds[span] <= 0) continue;
        visit(Visited{part_of(times, span), times.seconds[span]});
    }
}

template <class Visit>
void visit_all(const Timeline& timeline, const Visit& visit) {
    const auto visit_one = [&](Phase phase, float seconds) {
        if (seconds > 0) visit(Visited{{phase}, seconds});
    };
    visit_one(Phase::LookUp, timeline.look_up);
    visit_one(Phase::Coalesced, timeline.coalesced);
    if (timeline.past) {
        for (const auto& past : *timeline.past) {
            visit_attempt(past.times, visit);
            if (past.pause > 0) visit(Visited{{Phase::Pause}, past.pause, &past});
        }
    }
    visit_attempt(timeline.last, visit);
    visit_one(Phase::Store, timeline.store);
}

std::string text_of(Timeline::Part part) {
    if (part.phase == Phase::Coalesced) return {};
    std::string text = name_of(part.phase);
    if (part.gate != GateName::None) text.append(" ").append(name_of(part.gate));
    return text;
}

std::string detail_of(const Visited& visited, const Timeline& timeline) {
    if (visited.part.phase == Phase::Coalesced) return text_of(timeline.longest);
    if (visited.before == nullptr) return name_of(visited.part.gate);
    const auto& failure = visited.before->failure;
    return failure ? base::name_of(*failure) : std::to_string(visited.before->status);
}

}  // namespace

const char* name_of(Phase phase) noexcept {
    switch (phase) {
        case Phase::LookUp: return "look_up";
        case Phase::Coalesced: return "coalesced";
        case Phase::Gate: return "gate";
        case Phase::Pool: return "pool";
        case Phase::Connect: return "connect";
        case Phase::Tls: return "tls";
        case Phase::Wait: return "wait";
        case Phase::Receive: return "receive";
        case Phase::Decode: return "decode";
        case Phase::Pause: return "pause";
        case Phase::Store: return "store";
    }
    return "store";
}

std::vector<Timeline::Step> Timeline::steps() const {
    std::vector<Step> steps;
    visit_all(*this, [&](const Visited& visited) {
        steps.push_back(
            {visited.part.phase, visited.seconds, detail_of(visited, *this)});
    });
    if (steps.empty()) steps.emplace_back();
    return steps;
}

Timeline::Part Timeline::longest_since(double begin) const {
    Part part;
    double most = -1;
    double passed = 0;
    visit_all(*this, [&](const Visited& visited) {
        const double end = passed + visited.seconds;
        const double length = end - std::max(passed, begin);
        passed = end;
        if (length <= most) return;
        most = length;
        part = visited.part;
    });
    return part;
}

}  // namespace pyesi::engine

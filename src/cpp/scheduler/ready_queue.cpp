#include "scheduler/ready_queue.h"

#include "scheduler/hashing.h"

#include <algorithm>
#include <utility>

namespace pyesi::scheduler {

namespace {

constexpr std::uint32_t kPatience = 32;

// Of each priority. What frees room frees little; those woken in vain cost a look each.
constexpr int kWokenByOutcome = 4;

std::uint64_t lane_key(const Ticket& ticket, Priority priority) noexcept {
    const auto& limit = *ticket.limit;
    // A route with a ceiling may have to wait where others of its group need not.
    const auto whose = limit.is_grouped() && !limit.ceiling.is_set() ? limit.group_key
                                                                     : limit.route_key;
    const auto bucket = mix(whose, ticket.identity.key);
    return bucket + index_of(priority);
}

/// When it must be told that its lane is shut: at once, if it has elsewhere to go.
base::TimePoint date_of(const Ticket& ticket) noexcept {
    return ticket.moves ? base::TimePoint::min() : ticket.deadline;
}

bool is_dated(const Ticket& ticket) noexcept {
    return date_of(ticket) != base::TimePoint::max();
}

}  // namespace

void ReadyQueue::push(std::uint32_t record) {
    auto& entry = (*records_)[record];
    entry.lane = lane_for(entry.ticket);
    auto& lane = lanes_[entry.lane];
    lane.tickets.push_back(*records_, record);
    entry.held_before = held_so_far(lane);
    ++lane.waiting;
    if (is_dated(entry.ticket)) {
        lane.dated.push({date_of(entry.ticket), record, entry.serial});
    }
    ++size_;
}

void ReadyQueue::erase(std::uint32_t record) {
    const auto index = std::exchange((*records_)[record].lane, kNone);
    auto& lane = lanes_[index];
    lane.tickets.erase(*records_, record);
    --lane.waiting;
    --size_;
    if (lane.tickets.empty()) {
        remove(index);
    } else if (!lane.dated.empty()) {
        lane.dated.drop_stale(lane.waiting,
                              [this](const auto& entry) { return is_queued(entry); });
    }
}

std::optional<std::uint32_t> ReadyQueue::next() const noexcept {
    const auto level = next_level();
    if (level == kPriorities) return std::nullopt;
    return lanes_[ready_[level].front()].tickets.front();
}

void ReadyQueue::take(std::uint32_t record) {
    const auto lane = (*records_)[record].lane;
    const auto priority = lanes_[lane].priority;
    auto& turns = ready_[index_of(priority)];
    turns.erase(lanes_, lane);
    turns.push_back(lanes_, lane);
    lanes_[lane].shut_out_since = base::TimePoint::max();
    count_turn(priority);
    erase(record);
    wake_another(priority);
}

void ReadyQueue::set_aside(std::uint32_t record, const Hold& hold) {
    const auto index = (*records_)[record].lane;
    auto& lane = lanes_[index];
    leave_list(index);
    lane.hold = hold;
    lane.held_by = hold.by;
    lane.shut_out_since = std::min(lane.shut_out_since, hold.since);
    lane.serial = ++serials_;
    ++set_aside_;
    if (hold.wait == Wait::Outcome) {
        awaiting_outcome_[index_of(lane.priority)].push_back(lanes_, index);
    } else {
        wake_another(lane.priority);
    }
    if (hold.until != base::TimePoint::max()) {
        openings_.push({hold.until, index, lane.serial});
    }
}

const ReadyQueue::Hold& ReadyQueue::hold_of(std::uint32_t record) const noexcept {
    return lanes_[(*records_)[record].lane].hold;
}

void ReadyQueue::tell_held(std::uint32_t record, Held& held) const noexcept {
    const auto& entry = (*records_)[record];
    const auto& lane = lanes_[entry.lane];
    if (lane.held_by == GateName::None) return;
    held.by_limits = held_so_far(lane) - entry.held_before;
    held.limit = lane.held_by;
}

base::Duration ReadyQueue::held_so_far(const Lane& lane) const noexcept {
    if (lane.hold.wait == Wait::Turn || lane.hold.since >= now_) return lane.held;
    return lane.held + (now_ - lane.hold.since);
}

base::TimePoint ReadyQueue::shut_out_since(std::uint32_t record) const noexcept {
    return lanes_[(*records_)[record].lane].shut_out_since;
}

void ReadyQueue::take_dated(std::uint32_t record,
                            base::TimePoint instant,
                            std::vector<std::uint32_t>& found) {
    auto& dated = lanes_[(*records_)[record].lane].dated;
    while (!dated.empty() && dated.earliest().at <= instant) {
        if (is_queued(dated.earliest())) found.push_back(dated.earliest().index);
        dated.pop();
    }
}

void ReadyQueue::wake(base::TimePoint now) {
    while (!openings_.empty() && openings_.earliest().at <= now) {
        const auto entry = openings_.earliest();
        openings_.pop();
        if (is_live(entry)) ready(entry.index);
    }
}

void ReadyQueue::on_outcome(const Ticket& ended) {
    if (set_aside_ == 0) return;
    for (int woken = 0; woken < kWokenByOutcome; ++woken) {
        for (std::size_t level = 0; level < kPriorities; ++level) {
            wake_another(static_cast<Priority>(level));
        }
    }
    for (std::size_t level = 0; level < kPriorities; ++level) {
        const auto key = lane_key(ended, static_cast<Priority>(level));
        const auto lane = lane_by_key_.find(key);
        if (lane != kNone && lanes_[lane].hold.wait != Wait::Turn) ready(lane);
    }
}

std::optional<base::TimePoint> ReadyQueue::wake_at() {
    openings_.drop_stale(set_aside_,
                         [this](const auto& entry) { return is_live(entry); });
    if (openings_.empty()) return std::nullopt;
    return openings_.earliest().at;
}

std::uint32_t ReadyQueue::lane_for(const Ticket& ticket) {
    const auto key = lane_key(ticket, ticket.priority);
    const auto found = lane_by_key_.find(key);
    if (found != kNone) return found;

    const auto index = lanes_.take_place();
    auto& lane = lanes_[index];
    lane.key = key;
    lane.priority = ticket.priority;
    lane.hold = {};
    lane.held_by = GateName::None;
    lane.held = {};
    lane.tickets = {};
    lane.shut_out_since = base::TimePoint::max();
    lane_by_key_.add(key, index);
    ready_[index_of(ticket.priority)].push_back(lanes_, index);
    return index;
}

void ReadyQueue::ready(std::uint32_t lane) {
    leave_list(lane);
    lanes_[lane].held = held_so_far(lanes_[lane]);
    lanes_[lane].hold = {};
    lanes_[lane].serial = ++serials_;
    ready_[index_of(lanes_[lane].priority)].push_back(lanes_, lane);
}

/// Out of whichever list its hold put the lane into.
void ReadyQueue::leave_list(std::uint32_t lane) {
    switch (lanes_[lane].hold.wait) {
        case Wait::Turn:
            ready_[index_of(lanes_[lane].priority)].erase(lanes_, lane);
            return;
        case Wait::Outcome:
            awaiting_outcome_[index_of(lanes_[lane].priority)].erase(lanes_, lane);
            break;
        case Wait::Opening: break;
    }
    --set_aside_;
}

void ReadyQueue::remove(std::uint32_t lane) {
    leave_list(lane);
    lane_by_key_.erase(lanes_[lane].key);
    lanes_[lane].serial = ++serials_;
    lanes_[lane].dated.clear();
    const auto priority = lanes_[lane].priority;
    lanes_.erase(lane);
    wake_another(priority);
}

/// One that waits for an outcome looks whether it may go, in place of one that did not
/// have to wait for it any more.
void ReadyQueue::wake_another(Priority priority) {
    const auto& awaiting = awaiting_outcome_[index_of(priority)];
    if (!awaiting.empty()) ready(awaiting.front());
}

std::size_t ReadyQueue::next_level() const noexcept {
    for (auto level = open_levels_ - 1; level > 0; --level) {
        if (passed_over_[level] >= kPatience && !ready_[level].empty()) return level;
    }
    std::size_t level = 0;
    while (level < open_levels_ && ready_[level].empty()) ++level;
    return level == open_levels_ ? kPriorities : level;
}

void ReadyQueue::count_turn(Priority priority) noexcept {
    const auto turn = index_of(priority);
    passed_over_[turn] = 0;
    for (auto level = turn + 1; level < kPriorities; ++level) {
        if (!ready_[level].empty()) ++passed_over_[level];
    }
}

bool ReadyQueue::is_queued(const WakeQueue::Entry& entry) const noexcept {
    if (!records_->has_place(entry.index)) return false;
    const auto& record = (*records_)[entry.index];
    return record.serial == entry.serial && record.lane != kNone;
}

bool ReadyQueue::is_live(const WakeQueue::Entry& entry) const noexcept {
    return lanes_.has_place(entry.index) && lanes_[entry.index].serial == entry.serial;
}

}  // namespace pyesi::scheduler

#pragma once

#include "base/failure.h"
#include "base/time.h"
#include "scheduler/chain.h"
#include "scheduler/held.h"
#include "scheduler/key_index.h"
#include "scheduler/priority.h"
#include "scheduler/slab.h"
#include "scheduler/ticket.h"
#include "scheduler/wake_queue.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pyesi::scheduler {

/// A ticket in the scheduler's keeping, from its submission to its outcome.
struct Record {
    Ticket ticket{};
    std::uint32_t serial = 0;  ///< differs for each that ever was at this place
    bool waiting = false;      ///< else in flight

    // The queue's own.
    base::Duration held_before{};  ///< for how long its lane had been set aside
    std::uint32_t lane = kNone;
    std::uint32_t previous = kNone;
    std::uint32_t next = kNone;
};

/// The tickets that wait for one upstream: by priority; within a priority by turns
/// among lanes, a lane being what draws on one bucket; within a lane in order.
///
/// A lane whose gate is shut is set aside, and costs nothing until it is woken. A
/// priority that was passed over 32 times running gets one turn, so nothing starves:
/// whoever is `n`-th in its lane goes before 35 × n × lanes of its priority have gone.
/// Every step takes O(1), but for O(log n) where a lane is set aside or a ticket has a
/// deadline. An outcome wakes a few of those that wait for one; each that goes then, or
/// finds another gate shut, wakes one more.
///
/// Thread: network thread only.
class ReadyQueue {
public:
    /// What a ticket's lane waits for.
    enum class Wait : std::uint8_t {
        Turn,     ///< nothing: it is tried when its turn comes
        Outcome,  ///< what is in flight, and `until` at the latest
        Opening,  ///< `until`
    };

    struct Hold {
        Wait wait = Wait::Turn;
        base::ErrorKind why = base::ErrorKind::WindowClosed;
        base::TimePoint until = base::TimePoint::max();  ///< when it is tried again
        base::TimePoint opens = base::TimePoint::max();  ///< not admitted before that
        base::TimePoint since = base::TimePoint::max();  ///< when it was set aside
        GateName by = GateName::None;                    ///< which gate is shut
    };

    /// Borrows the records.
    explicit ReadyQueue(Slab<Record>& records) noexcept : records_{&records} {}

    /// What time it is, for how long lanes are set aside. It never goes back.
    void turn_to(base::TimePoint now) noexcept { now_ = std::max(now_, now); }

    void push(std::uint32_t record);

    /// Takes a ticket out that is withdrawn or refused.
    void erase(std::uint32_t record);

    /// The ticket to be tried next; none if all lanes are set aside.
    std::optional<std::uint32_t> next() const noexcept;

    /// Takes out the ticket that `next` named: it goes, and its lane had its turn.
    void take(std::uint32_t record);

    /// Sets the lane of a ticket aside. REQUIRES: hold.wait is not Turn.
    void set_aside(std::uint32_t record, const Hold& hold);

    /// What the ticket's lane waits for.
    const Hold& hold_of(std::uint32_t record) const noexcept;

    /// Writes for how long the ticket's lane was set aside since it came, and by what.
    void tell_held(std::uint32_t record, Held& held) const noexcept;

    /// When the ticket's lane was first set aside since one of it went; max() if it was
    /// not.
    base::TimePoint shut_out_since(std::uint32_t record) const noexcept;

    /// Adds the tickets of the same lane whose deadline is at or before `instant`. Each
    /// is named once: it is to be taken out.
    void take_dated(std::uint32_t record,
                    base::TimePoint instant,
                    std::vector<std::uint32_t>& found);

    /// Readies the lanes whose time has come.
    void wake(base::TimePoint now);

    /// Readies some of the lanes that wait for an outcome, and those of the ended
    /// ticket's own bucket: what its answer told may have opened it.
    void on_outcome(const Ticket& ended);

    /// Readies all lanes: what any of them waits for may have come.
    void wake_all();

    /// When the next lane is to be woken; nothing if none is.
    std::optional<base::TimePoint> wake_at();

    /// Only so many priorities, the best ones, are looked at from now on; the others
    /// wait.
    void open_levels(std::size_t count) noexcept { open_levels_ = count; }

    std::size_t size() const noexcept { return size_; }
    std::size_t lanes() const noexcept { return lanes_.size(); }
    std::size_t lanes_set_aside() const noexcept { return set_aside_; }

private:
    using Tickets = Chain<Record, &Record::previous, &Record::next>;

    struct Lane {
        std::uint64_t key = 0;
        std::uint32_t serial = 0;
        Priority priority = Priority::Normal;
        Hold hold{};
        GateName held_by = GateName::None;  ///< when it was set aside last
        base::Duration held{};              ///< for how long, all times together
        Tickets tickets;
        std::size_t waiting = 0;
        WakeQueue dated;  ///< the deadlines of those that have one
        base::TimePoint shut_out_since = base::TimePoint::max();
        std::uint32_t previous = kNone;
        std::uint32_t next = kNone;
    };
    using Lanes = Chain<Lane, &Lane::previous, &Lane::next>;

    std::uint32_t lane_for(const Ticket& ticket);
    base::Duration held_so_far(const Lane& lane) const noexcept;
    void ready(std::uint32_t lane);
    void leave_list(std::uint32_t lane);
    void remove(std::uint32_t lane);
    void wake_another(Priority priority);
    std::size_t next_level() const noexcept;
    void count_turn(Priority priority) noexcept;
    bool is_live(const WakeQueue::Entry& entry) const noexcept;
    bool is_queued(const WakeQueue::Entry& entry) const noexcept;

    Slab<Record>* records_;
    Slab<Lane> lanes_;
    KeyIndex lane_by_key_;
    std::array<Lanes, kPriorities> ready_;
    std::array<Lanes, kPriorities> awaiting_outcome_;
    WakeQueue openings_;
    base::TimePoint now_{};
    std::size_t open_levels_ = kPriorities;
    std::array<std::uint32_t, kPriorities> passed_over_{};
    std::uint32_t serials_ = 0;
    std::size_t size_ = 0;
    std::size_t set_aside_ = 0;
};

}  // namespace pyesi::scheduler

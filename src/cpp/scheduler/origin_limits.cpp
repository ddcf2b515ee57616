#include "scheduler/origin_limits.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <utility>

namespace pyesi::scheduler {

namespace {

using Origins = std::map<std::string, std::shared_ptr<OriginLimits>, std::less<>>;

struct Registry {
    base::Guarded<Origins> origins;
    Registry* abandoned = nullptr;  // the parent's, never touched again
};

constexpr std::size_t kFewOrigins = 64;

// A pointer, so that a forked child can leave the inherited one behind; never freed,
// so that threads which end after main's statics may still use it. And no function's
// static: a child that is forked while another thread makes one waits for that thread,
// which it does not have.
constinit std::atomic<Registry*> current{nullptr};

Registry& registry() {
    auto* there = current.load();
    if (there != nullptr) return *there;
    auto made = std::make_unique<Registry>();
    if (!current.compare_exchange_strong(there, made.get())) return *there;
    return *made.release();
}

void drop_idle(Origins& origins, base::TimePoint now) {
    std::erase_if(origins, [now](const auto& item) {
        return item.second.use_count() == 1 && item.second->is_idle(now);
    });
}

}  // namespace

void OriginLimits::configure(const ErrorLimit::Settings& errors) {
    gates_.with([&](Gates& gates) { gates.errors.configure(errors); });
}

Admission OriginLimits::try_send(Ticket& ticket, base::TimePoint now) {
    return gates_.with([&](Gates& gates) {
        gates.windows.place(ticket, now);
        gates.sharing.prepare(ticket, now);
        const auto all = gates.all();
        for (std::size_t index = 0; index < all.size(); ++index) {
            auto admission = all[index]->admit(ticket, now);
            if (admission.is_now()) continue;
            admission.by = Gates::kNames[index];
            return admission;
        }
        ticket.placement.sent_at = now;
        ticket.placement.lease = gates.sharing.use_of(ticket, now);
        for (auto* const gate : all) gate->on_sent(ticket, now);
        return admit_now();
    });
}

void OriginLimits::on_outcome(const Ticket& ticket,
                              const Outcome& outcome,
                              base::TimePoint now) {
    gates_.with([&](Gates& gates) {
        for (auto* const gate : gates.all()) gate->on_outcome(ticket, outcome, now);
    });
}

std::string OriginLimits::group_of(const Ticket& ticket) const {
    if (!ticket.placement.grouped) return {};
    return gates_.with([&](const Gates& gates) {
        return std::string{
            gates.windows.size_of(ticket, ticket.placement.sent_at).group};
    });
}

LimitsState OriginLimits::state(base::TimePoint now) const {
    return gates_.with([now](const Gates& gates) {
        return LimitsState{gates.errors.state(now),
                           gates.windows.states(now),
                           gates.ceilings.states(now),
                           gates.sharing.state(now)};
    });
}

bool OriginLimits::begin_sharing(std::string_view origin,
                                 std::uint64_t holder,
                                 std::string_view place) {
    return gates_.with([&](Gates& gates) {
        if (gates.sharers > 0 && gates.place != place) return false;
        if (++gates.sharers == 1) {
            gates.place = place;
            gates.sharing.start(origin, holder);
        }
        return true;
    });
}

std::optional<LedgerRequest> OriginLimits::end_sharing(base::TimePoint now) {
    return gates_.with([&](Gates& gates) -> std::optional<LedgerRequest> {
        if (--gates.sharers > 0) return std::nullopt;
        gates.sharing.give_back(now);
        auto last = gates.sharing.next_exchange(now);
        gates.sharing.stop();
        return last;
    });
}

base::TimePoint OriginLimits::exchange_due_at() const {
    return gates_.with([](const Gates& gates) { return gates.sharing.due_at(); });
}

std::optional<LedgerRequest> OriginLimits::next_exchange(base::TimePoint now) {
    return gates_.with(
        [now](Gates& gates) { return gates.sharing.next_exchange(now); });
}

void OriginLimits::on_reply(const LedgerRequest& request,
                            const std::optional<LedgerReply>& reply,
                            base::TimePoint now) {
    gates_.with([&](Gates& gates) { gates.sharing.on_reply(request, reply, now); });
}

LimitsStanding OriginLimits::standing(base::TimePoint now) const {
    return gates_.with([now](const Gates& gates) {
        const auto errors = gates.errors.state(now);
        const bool is_closed = errors.closed_for > base::Duration::zero();
        return LimitsStanding{
            is_closed || errors.probing, errors.closed_for, gates.sharing.standing()};
    });
}

bool OriginLimits::is_idle(base::TimePoint now) const {
    if (schedulers_.load(std::memory_order_relaxed) > 0) return false;
    const auto current = state(now);
    const auto& errors = current.errors;
    return current.buckets.empty() && current.ceilings.empty() &&
           errors.in_flight == 0 && !errors.probing &&
           errors.resets_in == base::Duration::zero() &&
           errors.closed_for == base::Duration::zero();
}

std::shared_ptr<OriginLimits> limits_of(std::string_view origin, base::TimePoint now) {
    return registry().origins.with([&](Origins& origins) {
        if (const auto found = origins.find(origin); found != origins.end()) {
            return found->second;
        }
        if (origins.size() >= kFewOrigins) drop_idle(origins, now);
        auto limits = std::make_shared<OriginLimits>();
        origins.emplace(origin, limits);
        return limits;
    });
}

void abandon_limits_after_fork() {
    auto fresh = std::make_unique<Registry>();
    fresh->abandoned = current.load();
    current.store(fresh.release());
}

}  // namespace pyesi::scheduler

// The real scheduler against a model of ESI's limiters, hours of it in a moment.

#include "scheduler/making.h"
#include "scheduler/model_esi.h"
#include "scheduler/scheduler.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

namespace pyesi::scheduler {
namespace {

using namespace making;  // NOLINT(google-build-using-namespace)
using base::TimePoint;

/// What the requests of a run are like.
struct Workload {
    double client_errors = 0;    ///< share of answers that are 404
    double bad_gateways = 0.02;  ///< share that are 502
    double not_modified = 0.1;   ///< share that are 304
    double given_up = 0;         ///< share that their caller cancels
    base::Duration between = milliseconds{250};
    base::Duration length = minutes{45};
    bool with_deadlines = false;
    std::uint32_t max_in_flight = 20;
    std::uint64_t foreign_every = 0;  ///< another process asks after so many arrivals
    base::Duration down_from = hours{1};  ///< everything is answered 503 for a while
    base::Duration down_for{};
    double impatient = 0;  ///< share that will not wait long for a slot
};

/// A run: requests arrive by chance, wait, are served by the model, and end.
class Simulation {
public:
    Simulation(const Workload& workload, std::uint32_t seed)
        : workload_{workload}, draw_{seed} {
        scheduler_.add_upstream({"https://esi", limits_, workload.max_in_flight});
    }

    void run() {
        plan(now_, [this] { arrive(); });
        while (!events_.empty()) {
            const auto event = events_.top();
            events_.pop();
            now_ = event.at;
            event.what();
            settle();
        }
    }

    ModelEsi esi;
    std::uint64_t submitted = 0;
    std::uint64_t admitted = 0;
    std::uint64_t refused = 0;
    std::uint64_t withdrawn = 0;
    std::uint64_t outcomes = 0;
    std::uint64_t window_refusals = 0;               // 429
    std::uint64_t error_refusals = 0;                // 420
    std::uint64_t met_downtime = 0;                  // 503 because all is down
    TimePoint first_success_after{};                 // that
    std::map<std::string, std::uint64_t> successes;  // by group
    std::array<base::Duration, kPriorities> longest_wait{};

    const Scheduler& scheduler() const { return scheduler_; }
    LimitsState limits(TimePoint now) const { return limits_->state(now); }
    TimePoint now() const { return now_; }

private:
    struct Event {
        TimePoint at;
        std::uint64_t order;
        std::function<void()> what;

        bool operator<(const Event& other) const {
            return std::pair{at, order} > std::pair{other.at, other.order};
        }
    };

    struct Request {
        Ticket ticket;
        TimePoint asked_at;
        bool sent = false;
        bool ended = false;
    };

    bool chance(double share) { return std::bernoulli_distribution{share}(draw_); }

    base::Duration latency() { return milliseconds{20 + draw_() % 400}; }

    void plan(TimePoint when, std::function<void()> what) {
        events_.push({when, ++order_, std::move(what)});
    }

    TimePoint down_until() const {
        return start_ + workload_.down_from + workload_.down_for;
    }

    bool is_down() const {
        return now_ - start_ >= workload_.down_from && now_ < down_until();
    }

    int status_to_come() {
        if (is_down()) return 503;
        if (chance(workload_.client_errors)) return 404;
        if (chance(workload_.bad_gateways)) return 502;
        return chance(workload_.not_modified) ? 304 : 200;
    }

    const RouteLimit& any_route() {
        static const auto wallet =
            make_grouped_limit("Wallet", "char-wallet", 150, minutes{15});
        static const auto small_market =
            make_grouped_limit("Orders", "market-order", 3000, minutes{15});
        const auto share = draw_() % 100;
        if (share < 50) return small_market;
        if (share < 90) return universe_types();
        return share < 99 ? wallet : notifications();
    }

    void arrive() {
        constexpr std::array kNames{"app:anna", "app:boris", "app:cleo"};
        const auto id = ++submitted;
        auto& request = requests_[id];
        request.ticket = ticket_for(any_route(), id);
        request.ticket.priority = static_cast<Priority>(draw_() % kPriorities);
        if (request.ticket.limit->group.starts_with("char-")) {
            request.ticket.identity = make_identity(kNames[draw_() % 3]);
        }
        if (workload_.with_deadlines && chance(0.5)) {
            request.ticket.deadline = now_ + seconds{draw_() % 60};
        }
        if (chance(workload_.impatient)) {
            request.ticket.pool_deadline = now_ + seconds{30};
        }
        request.asked_at = now_;
        scheduler_.submit(request.ticket);
        if (chance(workload_.given_up)) {
            plan(now_ + milliseconds{draw_() % 2000}, [this, id] { give_up(id); });
        }
        if (workload_.foreign_every > 0 && id % workload_.foreign_every == 0) {
            esi.serve(any_route(), "ip", 200, now_);
        }
        if (now_ - start_ < workload_.length) {
            plan(now_ + workload_.between * (draw_() % 2001) / 1000,
                 [this] { arrive(); });
        }
    }

    void give_up(std::uint64_t id) {
        auto& request = requests_[id];
        if (request.ended) return;
        if (scheduler_.withdraw(id)) {
            request.ended = true;
            ++withdrawn;
        } else {
            end(id, given_up());
        }
    }

    void end(std::uint64_t id, const Outcome& outcome) {
        auto& request = requests_[id];
        if (request.ended) return;
        ASSERT_TRUE(request.sent);
        request.ended = true;
        ++outcomes;
        scheduler_.on_outcome(id, outcome, now_);
    }

    void send(std::uint64_t id) {
        auto& request = requests_[id];
        ASSERT_FALSE(request.sent);
        ASSERT_FALSE(request.ended);
        request.sent = true;
        ++admitted;
        auto& longest = longest_wait[index_of(request.ticket.priority)];
        longest = std::max(longest, now_ - request.asked_at);
        const auto way_there = latency();
        const auto way_back = latency();
        plan(now_ + way_there, [this, id, way_back] { serve(id, way_back); });
    }

    void serve(std::uint64_t id, base::Duration way_back) {
        const auto& ticket = requests_[id].ticket;
        const auto reply = esi.serve(
            *ticket.limit, std::string{ticket.identity.text}, status_to_come(), now_);
        if (reply.status == 200) {
            ++successes[ticket.limit->group];
            const bool is_first = first_success_after == TimePoint{};
            if (is_first && now_ >= down_until()) first_success_after = now_;
        }
        if (reply.status == 503) ++met_downtime;
        if (reply.status == 429) ++window_refusals;
        if (reply.status == 420) ++error_refusals;
        plan(now_ + way_back,
             [this, id, reply] { end(id, answered(reply.status, reply.told, 0.5)); });
    }

    void settle() {
        std::vector<Verdict> verdicts;
        scheduler_.drain(now_, verdicts);
        for (const auto& verdict : verdicts) {
            if (verdict.admitted) {
                send(verdict.id);
            } else {
                ++refused;
                auto& request = requests_[verdict.id];
                ASSERT_FALSE(request.sent || request.ended);
                request.ended = true;
            }
        }
        ASSERT_LE(scheduler_.in_flight(), workload_.max_in_flight);

        const auto wake_at = scheduler_.wake_at();
        if (!wake_at || *wake_at >= planned_wake_) return;
        ASSERT_GT(*wake_at, now_) << "a drain left something to do at once";
        planned_wake_ = *wake_at;
        plan(planned_wake_, [this] { planned_wake_ = TimePoint::max(); });
    }

    Workload workload_;
    std::mt19937 draw_;
    std::shared_ptr<OriginLimits> limits_ = std::make_shared<OriginLimits>();
    Scheduler scheduler_;
    std::unordered_map<std::uint64_t, Request> requests_;
    std::priority_queue<Event> events_;
    std::uint64_t order_ = 0;
    TimePoint start_ = at(seconds{0});
    TimePoint now_ = start_;
    TimePoint planned_wake_ = TimePoint::max();
};

void expect_all_is_settled(const Simulation& run) {
    EXPECT_EQ(run.submitted, run.admitted + run.refused + run.withdrawn);
    EXPECT_EQ(run.admitted, run.outcomes);
    EXPECT_EQ(run.scheduler().waiting(), 0U);
    EXPECT_EQ(run.scheduler().in_flight(), 0U);
    const auto limits = run.limits(run.now());
    EXPECT_EQ(limits.errors.in_flight, 0);
    for (const auto& bucket : limits.buckets) {
        EXPECT_EQ(bucket.in_flight, 0) << bucket.group;
    }
}

constexpr std::uint32_t kSeeds = 6;

TEST(Simulation, WhereNothingFailsUnforeseenNeitherLimiterEverRefuses) {
    for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
        Simulation run{{}, seed};
        run.run();
        EXPECT_EQ(run.window_refusals, 0U) << "seed " << seed;
        EXPECT_EQ(run.error_refusals, 0U) << "seed " << seed;
        expect_all_is_settled(run);
    }
}

TEST(Simulation, TheErrorLimitIsNeverSpentHoweverManyFail) {
    for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
        Simulation run{{.client_errors = 0.5, .bad_gateways = 0.3}, seed};
        run.run();
        EXPECT_EQ(run.error_refusals, 0U) << "seed " << seed;
        expect_all_is_settled(run);
    }
}

TEST(Simulation, ErrorsOverrunAWindowByNoMoreThanWasInFlight) {
    for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
        Simulation run{{.client_errors = 0.2}, seed};
        run.run();
        // Each overrun is told by a first 429, and whoever was in flight gets one too.
        const auto share = static_cast<double>(run.window_refusals) /
                           static_cast<double>(run.admitted);
        EXPECT_LT(share, 0.02) << "seed " << seed;
        expect_all_is_settled(run);
    }
}

TEST(Simulation, AnotherProcesssSpendingIsSeenThroughTheHeaders) {
    for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
        Simulation run{{.foreign_every = 3}, seed};
        run.run();
        const auto share = static_cast<double>(run.window_refusals) /
                           static_cast<double>(run.admitted);
        EXPECT_LT(share, 0.01) << "seed " << seed;
        expect_all_is_settled(run);
    }
}

TEST(Simulation, NoPermitLeaksUnderCancellationAndDeadlines) {
    for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
        Simulation run{{.client_errors = 0.1,
                        .given_up = 0.3,
                        .between = milliseconds{50},
                        .length = minutes{20},
                        .with_deadlines = true},
                       seed};
        run.run();
        EXPECT_GT(run.withdrawn, 0U);
        EXPECT_GT(run.refused, 0U);
        expect_all_is_settled(run);
    }
}

TEST(Simulation, AnOutageCostsFewRequestsAndIsOverSoonAfterItIsOver) {
    for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
        const Workload outage{
            .down_from = minutes{10}, .down_for = minutes{15}, .impatient = 0.5};
        Simulation run{outage, seed};
        run.run();
        // Half of what comes in 30 s opens the breaker; then there is what was in
        // flight, and one probe each 15 s.
        EXPECT_LE(run.met_downtime, 60U + outage.max_in_flight + 60U)
            << "seed " << seed;
        EXPECT_GT(run.refused, 0U) << "the impatient were not kept waiting";
        EXPECT_EQ(run.error_refusals, 0U) << "seed " << seed;
        EXPECT_LE(run.first_success_after - at(minutes{25}), seconds{17})
            << "seed " << seed;
        expect_all_is_settled(run);
    }
}

TEST(Simulation, DemandBeyondTheWindowsUsesThemUp) {
    // Only the 3,000 tokens of the market are asked for faster than they return.
    Simulation run{{.bad_gateways = 0, .not_modified = 0, .length = minutes{60}}, 1};
    run.run();
    EXPECT_GE(run.successes["market-order"], 5700U);  // 4 windows and the rest after
    for (const auto wait : run.longest_wait) EXPECT_LT(wait, hours{24});
}

}  // namespace
}  // namespace pyesi::scheduler

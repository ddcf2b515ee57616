#include "engine/health_checks.h"

#include "http/status.h"
#include "scheduler/limit_headers.h"
#include "scheduler/outcome.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace pyesi::engine {

namespace {

constexpr std::size_t kLongestBody = std::size_t{1} << 20U;

// The first comes soon, but not in the same moment as the request that asked for it.
constexpr double kFirst = 0.1;

bool is_good(const transport::TransferEnd& end) noexcept {
    const auto* reply = std::get_if<transport::TransferReply>(&end);
    if (reply == nullptr) return false;
    return !http::is_server_error(reply->status) || reply->status == http::kSlowDown;
}

}  // namespace

void HealthChecks::look_after(const Profile& profile,
                              std::size_t place,
                              std::uint32_t upstream) {
    const auto& set = profile.upstreams();
    if (closed_ || !set->check) return;
    auto& watched = watched_[upstream];
    if (watched) {
        watched->wanted_by.push_back(set);
        return;
    }
    const auto& member = set->members[place];
    watched = std::make_unique<Watched>();
    watched->checks = this;
    watched->upstream = upstream;
    watched->url = member.base_url + set->check->path;
    watched->how = *set->check;
    watched->headers = profile.headers();
    watched->limits = scheduler::limits_of(member.origin, parts_.clock.now());
    // What a check gives back is not told to those who wait: they must look for it.
    watched->limits->on_attached();
    watched->limit = std::make_unique<const scheduler::RouteLimit>(
        scheduler::make_error_limit(watched->how.path));
    watched->wanted_by.push_back(set);
    wait(*watched, kFirst);
}

void HealthChecks::close() noexcept {
    if (std::exchange(closed_, true)) return;
    for (const auto& [upstream, watched] : watched_) {
        parts_.timers.stop(watched->timer);
        parts_.timers.stop(watched->too_late);
        watched->limits->on_detached();
    }
}

void HealthChecks::wait(Watched& watched, double share_of_interval) {
    const auto seconds = base::in_seconds(watched.how.interval) * share_of_interval;
    watched.timer = parts_.timers.start(
        parts_.clock.now() + base::from_seconds(seconds),
        [](void* subject, std::uint64_t) noexcept {
            auto& due = *static_cast<Watched*>(subject);
            due.timer = {};
            due.checks->begin(due);
        },
        &watched);
}

void HealthChecks::begin(Watched& watched) {
    if (!is_wanted(watched)) {
        drop(watched.upstream);
        return;
    }
    watched.ticket = {};
    watched.ticket.limit = watched.limit.get();
    watched.ticket.priority = scheduler::Priority::Background;
    const auto now = parts_.clock.now();
    if (watched.limits->try_send(watched.ticket, now).is_now()) {
        send(watched);
        return;
    }
    parts_.scheduler.watch(watched.upstream).on_check_skipped();
    wait(watched, 1);
}

void HealthChecks::send(Watched& watched) {
    transport::TransferRequest request;
    request.url = watched.url;
    request.common_headers = watched.headers;
    request.timeouts = {.connect = watched.how.timeout,
                        .read = watched.how.timeout,
                        .write = watched.how.timeout};
    request.max_sends = 1;
    request.max_body_bytes = kLongestBody;
    watched.transfer =
        parts_.transport.start(std::move(request),
                               {[](void* subject,
                                   transport::TransferId,
                                   transport::TransferEnd&& end) noexcept {
                                    auto& asked = *static_cast<Watched*>(subject);
                                    asked.checks->take_in(asked, end);
                                },
                                &watched});
    // A body that drips passes no time-out of the transport's.
    watched.too_late = parts_.timers.start(
        parts_.clock.now() + watched.how.timeout,
        [](void* subject, std::uint64_t) noexcept {
            auto& late = *static_cast<Watched*>(subject);
            late.too_late = {};
            late.checks->parts_.transport.stop(late.transfer);
        },
        &watched);
}

void HealthChecks::take_in(Watched& watched, const transport::TransferEnd& end) {
    watched.transfer = 0;
    const auto now = parts_.clock.now();
    if (const auto* reply = std::get_if<transport::TransferReply>(&end)) {
        const auto told =
            scheduler::read_limit_headers(reply->headers, parts_.clock.wall_now());
        watched.limits->on_outcome(
            watched.ticket,
            scheduler::answered(reply->status, told, parts_.chance.draw()),
            now);
    } else {
        const auto& lost = std::get<transport::TransferFailure>(end);
        watched.limits->on_outcome(
            watched.ticket,
            scheduler::failed(lost.failure.kind, lost.surely_not_sent),
            now);
    }
    if (closed_) return;
    parts_.timers.stop(watched.too_late);
    parts_.scheduler.watch(watched.upstream)
        .on_check(is_good(end), watched.how.verdicts, now);
    parts_.on_checked(watched.upstream);
    // Spread, so that a thousand programs started at once do not ask at once for ever.
    wait(watched, 0.75 + parts_.chance.draw() / 2);
}

bool HealthChecks::is_wanted(Watched& watched) {
    std::erase_if(watched.wanted_by, [](const auto& set) { return set.expired(); });
    return !watched.wanted_by.empty();
}

void HealthChecks::drop(std::uint32_t upstream) {
    const auto found = watched_.find(upstream);
    found->second->limits->on_detached();
    parts_.scheduler.watch(upstream).forget_checks();
    watched_.erase(found);
}

}  // namespace pyesi::engine

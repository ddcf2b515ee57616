#include "engine/limit_exchanges.h"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace pyesi::engine {

namespace {

std::uint64_t draw_holder() {
    std::random_device chance;
    const auto drawn = (std::uint64_t{chance()} << 32U) | chance();
    return drawn != 0 ? drawn : 1;
}

}  // namespace

struct LimitExchanges::Asked {
    Origin origin;
    scheduler::LedgerRequest request;
    boost::asio::steady_timer patience;
    bool has_ended = false;
};

LimitExchanges::LimitExchanges(Parts parts)
    : parts_{std::move(parts)}, self_{std::make_shared<LimitExchanges*>(this)} {}

LimitExchanges::~LimitExchanges() {
    close();
    *self_ = nullptr;
}

void LimitExchanges::share(std::uint32_t upstream,
                           const std::string& origin,
                           std::shared_ptr<scheduler::OriginLimits> limits) {
    if (closed_ || !limits->begin_sharing(origin, draw_holder(), parts_.place)) return;
    origins_.push_back({upstream, std::move(limits)});
}

void LimitExchanges::look() {
    const auto now = parts_.clock.now();
    for (const auto& origin : origins_) {
        if (auto request = origin.limits->next_exchange(now)) {
            ask(origin, std::move(*request));
        }
    }
    arm();
}

void LimitExchanges::close() {
    if (std::exchange(closed_, true)) return;
    parts_.timers.stop(timer_);
    const auto now = parts_.clock.now();
    for (const auto& origin : origins_) {
        auto last = origin.limits->end_sharing(now);
        if (last) parts_.ledger.exchange(std::move(*last), [](const auto&) {});
    }
    origins_.clear();
    parts_.ledger.close();
}

void LimitExchanges::ask(const Origin& origin, scheduler::LedgerRequest request) {
    // Shared by the answer and the end of patience, of which the later finds it ended.
    auto asked = std::make_shared<Asked>(
        origin, request, boost::asio::steady_timer{parts_.loop}, false);
    asked->patience.expires_after(parts_.answer_within);
    asked->patience.async_wait([asked, self = self_](const auto& error) {
        if (!error && *self != nullptr) (*self)->end(*asked, std::nullopt);
    });
    parts_.ledger.exchange(std::move(request),
                           [asked, self = self_](const auto& reply) {
                               if (*self != nullptr) (*self)->end(*asked, reply);
                           });
}

void LimitExchanges::end(Asked& asked,
                         const std::optional<scheduler::LedgerReply>& reply) {
    if (std::exchange(asked.has_ended, true)) return;
    asked.patience.cancel();
    if (closed_) return;
    asked.origin.limits->on_reply(asked.request, reply, parts_.clock.now());
    parts_.on_changed(asked.origin.upstream);
    arm();
}

void LimitExchanges::arm() {
    auto at = base::TimePoint::max();
    for (const auto& origin : origins_) {
        at = std::min(at, origin.limits->exchange_due_at());
    }
    if (at == armed_for_) return;
    parts_.timers.stop(timer_);
    armed_for_ = at;
    if (at == base::TimePoint::max()) return;
    timer_ = parts_.timers.start(
        at,
        [](void* self, std::uint64_t) noexcept {
            auto& exchanges = *static_cast<LimitExchanges*>(self);
            exchanges.armed_for_ = base::TimePoint::max();
            exchanges.look();
        },
        this);
}

}  // namespace pyesi::engine

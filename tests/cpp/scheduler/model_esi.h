#pragma once

#include "scheduler/making.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace pyesi::scheduler::making {

/// ESI's two limiters, written to be read. It is asked in the order of its own clock.
class ModelEsi {
public:
    struct Reply {
        int status = 0;
        LimitHeaders told;
    };

    /// Serves a request that would come to `status` if no limiter stood in the way.
    Reply serve(const RouteLimit& route,
                const std::string& identity,
                int status,
                base::TimePoint now) {
        const auto until_minute = minutes{1} - now.time_since_epoch() % minutes{1};
        if (now >= error_reset_) {
            errors_ = 0;
            error_reset_ = now + until_minute;
        }
        if (errors_ >= kErrors) return {420, error_word(now)};
        if (!route.is_grouped()) {
            if (status >= 400) ++errors_;
            return {status, error_word(now)};
        }
        return serve_grouped(route, identity, status, now);
    }

private:
    static constexpr std::uint32_t kErrors = 100;

    struct Bucket {
        std::deque<std::pair<base::TimePoint, std::int64_t>> spends;
        std::int64_t spent = 0;
    };

    static std::int64_t cost_of(int status) {
        if (status >= 500) return 0;
        if (status >= 400) return 5;
        return status >= 300 ? 1 : 2;
    }

    LimitHeaders error_word(base::TimePoint now) const {
        const auto left = errors_ >= kErrors ? 0 : kErrors - errors_;
        return error_headers(left, std::chrono::floor<seconds>(error_reset_ - now));
    }

    Reply serve_grouped(const RouteLimit& route,
                        const std::string& identity,
                        int status,
                        base::TimePoint now) {
        auto& bucket = buckets_[{route.group, identity}];
        while (!bucket.spends.empty() &&
               bucket.spends.front().first + route.window <= now) {
            bucket.spent -= bucket.spends.front().second;
            bucket.spends.pop_front();
        }
        if (route.max_tokens - bucket.spent < 2) {
            auto told = window_headers(route.group, route.max_tokens, 0);
            const auto opens = bucket.spends.front().first + route.window;
            told.retry_after = std::chrono::ceil<seconds>(opens - now);
            return {429, told};
        }
        bucket.spends.emplace_back(now, cost_of(status));
        bucket.spent += cost_of(status);
        const auto left = std::max<std::int64_t>(0, route.max_tokens - bucket.spent);
        return {status,
                window_headers(
                    route.group, route.max_tokens, static_cast<std::uint32_t>(left))};
    }

    std::map<std::pair<std::string, std::string>, Bucket> buckets_;
    std::uint32_t errors_ = 0;
    base::TimePoint error_reset_{};
};

}  // namespace pyesi::scheduler::making

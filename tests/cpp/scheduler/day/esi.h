#pragma once

#include "scheduler/day/routes.h"
#include "scheduler/limit_headers.h"
#include "scheduler/ring.h"

#include <cstdint>
#include <unordered_map>

namespace pyesi::scheduler::day {

/// ESI's limiters, written to be read, and what can be known of them on the other
/// side: what an answer has told that has arrived, and what is on its way.
///
/// It is asked in the order of its own clock.
///
/// Thread: any one at a time.
class Esi {
public:
    struct Reply {
        int status = 0;
        LimitHeaders told{};
        std::uint32_t tokens = 0;     ///< taken from the bucket
        bool over_ceiling = false;    ///< 520 for want of room under a hidden ceiling
        bool window_refused = false;  ///< 429 of a floating window
    };

    /// A request leaves for ESI. False if it could have been known that its bucket has
    /// no room for it, were each one under way a success.
    bool on_sent(const Route& route, std::uint32_t identity, base::TimePoint now);

    /// Serves a request that would come to `status` if no limiter stood in the way.
    Reply serve(const Route& route,
                std::uint32_t identity,
                int status,
                base::TimePoint now);

    /// Its answer, or its loss, has become known; `tokens` as served.
    void on_known(const Route& route, std::uint32_t identity, std::uint32_t tokens);

    /// When the window of errors ends that the last request was served in.
    base::TimePoint errors_until() const noexcept { return error_reset_; }

    /// Tokens taken since the beginning from one bucket.
    std::uint64_t taken(const Route& route, std::uint32_t identity) const;

private:
    struct Spend {
        base::TimePoint at{};
        std::uint32_t tokens = 0;
    };

    struct Bucket {
        Ring<Spend> spends;
        std::int64_t spent = 0;
        std::int64_t untold = 0;  ///< of it, what no answer that arrived has told
        std::int64_t under_way = 0;
        std::uint64_t taken = 0;
    };

    static void expire(Bucket& bucket, base::Duration window, base::TimePoint now);
    static std::uint64_t key_of(const Route& route, std::uint32_t identity);

    LimitHeaders error_word(base::TimePoint now) const;
    bool is_over_ceiling(const Route& route, base::TimePoint now);
    Reply serve_ungrouped(const Route& route, int status, base::TimePoint now);
    Reply serve_grouped(const Route& route,
                        Bucket& bucket,
                        int status,
                        base::TimePoint now);

    std::unordered_map<std::uint64_t, Bucket> buckets_;
    std::unordered_map<std::uint64_t, Ring<base::TimePoint>> under_ceiling_;
    std::uint32_t errors_ = 0;
    base::TimePoint error_reset_{};
};

}  // namespace pyesi::scheduler::day

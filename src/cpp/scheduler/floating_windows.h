#pragma once

#include "base/time.h"
#include "scheduler/floating_window.h"
#include "scheduler/gate.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pyesi::scheduler {

/// One moment of a bucket.
struct BucketState {
    std::string group;     ///< empty: an ungrouped route that answered 429
    std::string identity;  ///< "ip" where no token went along
    std::uint32_t max_tokens = 0;
    std::int64_t left = 0;
    std::int64_t in_flight = 0;  ///< tokens reserved
    base::Duration window{};
    base::Duration closed_for{};
};

/// All floating windows of an origin: a bucket for each group and identity, made when
/// first used and dropped once it is as if new.
///
/// A group is taken from the catalog's word until an answer names another; that holds
/// for the route from then on, for a day. An ungrouped route that is answered 429
/// closes for that identity alone.
///
/// Thread: any one at a time.
class FloatingWindows final : public Gate {
public:
    /// Finds the ticket's bucket and what to reserve in it. To be called before
    /// `admit`; what it found stays with the ticket until its outcome.
    void place(Ticket& ticket, base::TimePoint now) const;

    Admission admit(const Ticket& ticket, base::TimePoint now) const override;
    void on_sent(const Ticket& ticket, base::TimePoint now) override;
    void on_outcome(const Ticket& ticket,
                    const Outcome& outcome,
                    base::TimePoint now) override;

    /// What is thought of the bucket that the ticket was placed in. REQUIRES: it was
    /// placed in a group's. Borrowed until the next outcome.
    struct Sized {
        std::string_view group;
        std::uint32_t max_tokens = 0;
        base::Duration window{};
    };
    Sized size_of(const Ticket& ticket, base::TimePoint now) const;

    /// Whether what may go is said by a lease of tokens, and here only what is closed.
    void set_leased(bool leased) noexcept { leased_ = leased; }

    std::vector<BucketState> states(base::TimePoint now) const;
    std::size_t size() const noexcept { return buckets_.size(); }

private:
    struct Bucket {
        FloatingWindow window;
        std::string group;
        std::string identity;
    };

    /// What an answer said of its route's group.
    struct Learned {
        std::string group;
        std::uint64_t group_key = 0;
        std::uint32_t max_tokens = 0;
        base::Duration window{};
        base::TimePoint until{};
    };

    struct AsIs {
        std::size_t operator()(std::uint64_t key) const noexcept { return key; }
    };
    template <class T>
    using ByKey = std::unordered_map<std::uint64_t, T, AsIs>;

    const Learned* learned_for(const Ticket& ticket,
                               base::TimePoint now) const noexcept;
    const Bucket* find(std::uint64_t key) const noexcept;
    Bucket& bucket_of(const Ticket& ticket, base::TimePoint now);
    Bucket& add(std::uint64_t key, Bucket bucket, base::TimePoint now);
    Bucket* named_bucket(const Ticket& ticket,
                         const LimitHeaders& told,
                         Bucket* placed,
                         base::TimePoint now);
    Bucket* learn_group(const Ticket& ticket,
                        const LimitHeaders& told,
                        base::TimePoint now);
    void remember(const Ticket& ticket, const Bucket& bucket, base::TimePoint now);
    void drop_idle(base::TimePoint now);

    ByKey<Bucket> buckets_;
    ByKey<Learned> learned_;  // by route
    std::size_t drop_at_ = 64;
    bool leased_ = false;
};

}  // namespace pyesi::scheduler

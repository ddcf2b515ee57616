#pragma once

#include "cache/store.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <string_view>
#include <utility>

namespace pyesi::engine {

/// A tier whose answers come when the schedule says so. What they say is what the
/// tier below said when it was asked.
///
/// Thread: any one at a time.
class LateStore final : public cache::Store {
public:
    explicit LateStore(std::shared_ptr<cache::Store> inner)
        : inner_{std::move(inner)} {}

    cache::EntryPtr find(cache::CacheKeyView, base::TimePoint) override {
        return nullptr;
    }
    void look_up(const cache::CacheKey& key,
                 base::TimePoint now,
                 const Found& found) override {
        std::promise<cache::EntryPtr> told;
        inner_->look_up(
            key, now, [&](cache::EntryPtr entry) { told.set_value(std::move(entry)); });
        asked_.emplace_back(found, told.get_future().get());
    }
    bool may_take_time() const noexcept override { return true; }
    void store(cache::CacheKey key, cache::EntryPtr entry) override {
        inner_->store(std::move(key), std::move(entry));
    }
    bool erase(cache::CacheKeyView key) override { return inner_->erase(key); }
    std::size_t erase_if(const std::function<bool(std::string_view)>& which) override {
        return inner_->erase_if(which);
    }
    void clear() override { inner_->clear(); }
    void close() override { inner_->close(); }
    cache::StoreStatistics statistics() const override { return inner_->statistics(); }

    bool is_asked() const noexcept { return !asked_.empty(); }

    void tell(std::size_t which) {
        const auto place = asked_.begin() + static_cast<std::ptrdiff_t>(which);
        auto [found, entry] = std::move(*place);
        asked_.erase(place);
        found(std::move(entry));
    }
    void tell_any(unsigned draw) {
        if (is_asked()) tell(draw % asked_.size());
    }

private:
    const std::shared_ptr<cache::Store> inner_;
    std::deque<std::pair<Found, cache::EntryPtr>> asked_;
};

}  // namespace pyesi::engine

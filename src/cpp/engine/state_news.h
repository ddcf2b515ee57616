#pragma once

#include "base/guarded.h"
#include "base/time.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::engine {

/// What became of an upstream that whoever runs the program should know.
struct StateChange {
    enum class What : std::uint8_t {
        UpstreamDown,    ///< it answers nobody, and is left alone
        UpstreamBack,    ///< it answers again
        ErrorLimited,    ///< the error limit is spent, so nothing is sent
        ErrorLimitOver,  ///< it is open again
        LimitsAlone,     ///< where limits are shared does not answer
        LimitsShared,    ///< it answers again
    };

    std::string origin;
    What what = What::UpstreamDown;
    base::Duration lasts{};  ///< for how long at least; 0: that is not known
};

/// Is told that there is news.
///
/// Thread-safe.
class NewsReceiver {
public:
    NewsReceiver() = default;
    NewsReceiver(const NewsReceiver&) = delete;
    NewsReceiver& operator=(const NewsReceiver&) = delete;
    virtual ~NewsReceiver() = default;

    /// On the network thread. Must be quick, and must not call back.
    virtual void on_news() noexcept = 0;
};

/// The news of one engine, for its log: each is taken once, by whoever comes first.
///
/// Thread-safe.
class StateNews {
public:
    /// The oldest gives way if nobody takes any.
    static constexpr std::size_t kMostKept = 100;

    void add(StateChange change) {
        kept_.with([&](Kept& kept) {
            if (kept.changes.size() >= kMostKept) {
                kept.changes.erase(kept.changes.begin());
            }
            kept.changes.push_back(std::move(change));
            is_empty_.store(false, std::memory_order_release);
            std::erase_if(kept.receivers, [](const auto& receiver) {
                const auto living = receiver.lock();
                if (living) living->on_news();
                return living == nullptr;
            });
        });
    }

    /// Who is told of what comes, for as long as he lives.
    void subscribe(std::weak_ptr<NewsReceiver> receiver) {
        kept_.with([&](Kept& kept) { kept.receivers.push_back(std::move(receiver)); });
    }

    bool is_empty() const noexcept { return is_empty_.load(std::memory_order_acquire); }

    /// All that nobody has taken, oldest first.
    std::vector<StateChange> take() {
        return kept_.with([&](Kept& kept) {
            is_empty_.store(true, std::memory_order_release);
            return std::exchange(kept.changes, {});
        });
    }

private:
    struct Kept {
        std::vector<StateChange> changes;
        std::vector<std::weak_ptr<NewsReceiver>> receivers;
    };

    base::Guarded<Kept> kept_;
    std::atomic<bool> is_empty_{true};
};

}  // namespace pyesi::engine

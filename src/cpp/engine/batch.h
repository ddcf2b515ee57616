#pragma once

#include "base/result.h"
#include "engine/batch_settings.h"
#include "engine/unit.h"

#include <cstddef>
#include <vector>

namespace pyesi::engine {

/// Many requests of which a few run at once: the next one starts as soon as one
/// has ended, never in groups. An item that fails is a failure in its place.
///
/// Items that are handed over one by one hold their bytes until they are taken; beyond
/// `byte_window` nothing more is asked for.
///
/// Thread: network thread only.
class Batch final : public Unit {
public:
    using Settings = BatchSettings;

    /// An item that could not even be bound is a failure from the start.
    Batch(Tag its_tag,
          std::shared_ptr<CompletionSink> whom,
          std::vector<base::Result<Call>> items,
          Settings settings);

    void start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) override;

private:
    static Flow run(Dispatcher& dispatcher, std::shared_ptr<Batch> batch);

    /// Starts more runners, once, if those there are come to few items in a while.
    static Flow watch(Dispatcher& dispatcher,
                      std::shared_ptr<Batch> batch,
                      std::size_t reserve);

    /// The place of the next item that is to be asked for; size() when there is
    /// none left.
    std::size_t take_next();
    bool has_more() const noexcept { return next_ < items_.size(); }
    void finish(std::size_t place, base::Result<Answer>&& end);
    void keep(std::size_t place, base::Result<Answer>&& end);
    void hand_over_in_order();
    void hand_over(std::size_t place, base::Result<Answer>&& end);
    void end(Dispatcher& dispatcher);
    base::Failure stop_failure() const;

    std::vector<base::Result<Call>> items_;
    std::vector<base::Result<Answer>> results_;
    std::vector<bool> has_come_;
    Settings settings_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
    std::size_t handed_over_ = 0;
};

}  // namespace pyesi::engine

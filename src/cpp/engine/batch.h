#pragma once

#include "base/result.h"
#include "engine/unit.h"

#include <cstddef>
#include <vector>

namespace pyesi::engine {

/// Many requests of which a few run at once: the next one starts as soon as one
/// has ended, never in groups. An item that fails is a failure in its place.
///
/// Thread: network thread only.
class Batch final : public Unit {
public:
    struct Settings {
        std::size_t at_once = 20;
        bool tells_progress = false;
    };

    /// An item that could not even be bound is a failure from the start.
    Batch(Tag its_tag,
          std::shared_ptr<CompletionSink> whom,
          std::vector<base::Result<Call>> items,
          Settings settings);

    void start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) override;

private:
    static Flow run(Dispatcher& dispatcher, std::shared_ptr<Batch> batch);

    /// The place of the next item that is to be asked for; size() when there is
    /// none left.
    std::size_t take_next();
    void finish(std::size_t place, base::Result<Answer>&& end);
    base::Failure stop_failure() const;

    std::vector<base::Result<Call>> items_;
    std::vector<base::Result<Answer>> results_;
    Settings settings_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
};

}  // namespace pyesi::engine

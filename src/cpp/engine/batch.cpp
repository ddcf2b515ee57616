#include "engine/batch.h"

#include "engine/dispatcher.h"

#include <algorithm>

namespace pyesi::engine {

Batch::Batch(Tag its_tag,
             std::shared_ptr<CompletionSink> whom,
             std::vector<base::Result<Call>> items,
             Settings settings)
    : Unit{its_tag, std::move(whom)}, items_{std::move(items)}, settings_{settings} {
    results_.reserve(items_.size());
    for (const auto& item : items_) {
        results_.emplace_back(item ? base::Failure{} : item.failure());
        if (!item) ++done_;
    }
}

void Batch::start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) {
    const auto batch = std::static_pointer_cast<Batch>(self);
    const auto runners = std::min(settings_.at_once, items_.size() - done_);
    if (runners == 0) {
        sink->on_batch_end(tag, {std::move(results_)});
        dispatcher.leave(tag);
        return;
    }
    for (std::size_t runner = 0; runner < runners; ++runner) run(dispatcher, batch);
}

Flow Batch::run(Dispatcher& dispatcher, std::shared_ptr<Batch> batch) {
    for (;;) {
        const auto place = batch->take_next();
        if (place == batch->items_.size()) co_return;
        if (batch->stopped) {
            batch->finish(place, batch->stop_failure());
        } else {
            Asking asking{dispatcher, *batch, std::move(batch->items_[place]).value()};
            auto end = co_await asking;
            batch->finish(place, std::move(end));
        }
        if (batch->done_ == batch->items_.size()) {
            batch->sink->on_batch_end(batch->tag, {std::move(batch->results_)});
            dispatcher.leave(batch->tag);
            co_return;
        }
    }
}

std::size_t Batch::take_next() {
    while (next_ < items_.size() && !items_[next_]) ++next_;
    return next_ < items_.size() ? next_++ : next_;
}

void Batch::finish(std::size_t place, base::Result<Answer>&& end) {
    results_[place] = std::move(end);
    ++done_;
    if (settings_.tells_progress) sink->on_progress(tag, done_, items_.size());
}

base::Failure Batch::stop_failure() const {
    return base::make_failure(*stopped,
                              "The batch was stopped before this item was sent.");
}

}  // namespace pyesi::engine

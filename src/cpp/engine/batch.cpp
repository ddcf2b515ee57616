#include "engine/batch.h"

#include "engine/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pyesi::engine {

namespace {

// In the scheduler's queue at once, whatever `at_once` says: more than any gate lets
// go, and few enough for the processor's cache. The others wait as calls, which weigh a
// fraction of a flight.
constexpr std::size_t kUsuallyAtOnce = 512;

// So many once those take longer than this: they may all wait for one group, and are to
// hold no other back.
constexpr std::size_t kMostAtOnce = 4096;
constexpr base::Duration kQuick = std::chrono::seconds{1};

}  // namespace

Batch::Batch(Tag its_tag,
             std::shared_ptr<CompletionSink> whom,
             std::vector<base::Result<Call>> items,
             Settings settings)
    : Unit{its_tag, std::move(whom)},
      items_{std::move(items)},
      has_come_(items_.size()),
      settings_{settings} {
    window = ByteWindow{settings.byte_window};
    results_.reserve(items_.size());
    for (const auto& item : items_) {
        results_.emplace_back(item ? base::Failure{} : item.failure());
    }
}

void Batch::start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) {
    const auto batch = std::static_pointer_cast<Batch>(self);
    for (std::size_t place = 0; place < items_.size(); ++place) {
        if (!items_[place]) keep(place, base::Failure{items_[place].failure()});
    }
    const auto to_ask = items_.size() - done_;
    if (to_ask == 0) {
        end(dispatcher);
        return;
    }
    const auto most = std::min({settings_.at_once, kMostAtOnce, to_ask});
    const auto usual = std::min(most, kUsuallyAtOnce);
    for (std::size_t runner = 0; runner < usual; ++runner) run(dispatcher, batch);
    if (usual < most) watch(dispatcher, batch, most - usual);
}

Flow Batch::run(Dispatcher& dispatcher, std::shared_ptr<Batch> batch) {
    for (;;) {
        while (batch->has_more() && !batch->stopped && !batch->has_room()) {
            Room room{*batch};
            co_await room;
        }
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
            batch->end(dispatcher);
            co_return;
        }
    }
}

Flow Batch::watch(Dispatcher& dispatcher,
                  std::shared_ptr<Batch> batch,
                  std::size_t reserve) {
    while (batch->has_more() && !batch->stopped) {
        const auto begun = batch->next_;
        Pause pause{dispatcher, *batch, dispatcher.clock().now() + kQuick};
        co_await pause;
        const bool is_quick = batch->next_ - begun >= kUsuallyAtOnce;
        if (is_quick || !batch->has_room()) continue;
        for (; reserve > 0 && batch->has_more(); --reserve) run(dispatcher, batch);
        co_return;
    }
}

std::size_t Batch::take_next() {
    while (next_ < items_.size() && !items_[next_]) ++next_;
    return next_ < items_.size() ? next_++ : next_;
}

void Batch::finish(std::size_t place, base::Result<Answer>&& end) {
    keep(place, std::move(end));
    if (settings_.tells_progress) sink->on_progress(tag, done_, items_.size());
}

void Batch::keep(std::size_t place, base::Result<Answer>&& end) {
    ++done_;
    switch (settings_.delivery) {
        case Delivery::AtTheEnd: results_[place] = std::move(end); return;
        case Delivery::AsCompleted:
            window.on_come(bytes_of(end));
            hand_over(place, std::move(end));
            return;
        case Delivery::InOrder: break;
    }
    window.on_come(bytes_of(end));
    results_[place] = std::move(end);
    has_come_[place] = true;
    hand_over_in_order();
}

void Batch::hand_over_in_order() {
    while (handed_over_ < items_.size() && has_come_[handed_over_]) {
        const auto place = handed_over_++;
        hand_over(place, std::exchange(results_[place], base::Failure{}));
    }
}

void Batch::hand_over(std::size_t place, base::Result<Answer>&& end) {
    const auto bytes = bytes_of(end);
    sink->on_item(tag, place, std::move(end), bytes);
}

void Batch::end(Dispatcher& dispatcher) {
    if (settings_.delivery != Delivery::AtTheEnd) results_.clear();
    sink->on_batch_end(tag, {std::move(results_)});
    dispatcher.leave(tag);
    // Those who wait, for room or whether it is quick, have nothing left to ask for.
    wake_runners();
    while (pauses != nullptr) pauses->end();
}

base::Failure Batch::stop_failure() const {
    return base::make_failure(*stopped,
                              "The batch was stopped before this item was sent.");
}

}  // namespace pyesi::engine

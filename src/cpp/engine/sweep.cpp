#include "engine/sweep.h"

#include "catalog/binding.h"
#include "engine/attempt.h"
#include "engine/dispatcher.h"
#include "http/content_coding.h"
#include "http/status.h"

#include <algorithm>
#include <string>
#include <utility>

namespace pyesi::engine {

namespace {

// Pages asked for at once. More than the gates let go, so that they never run
// dry; few, so that a sweep of 400 pages does not queue 400 requests.
constexpr std::size_t kAtOnce = 40;

bool is_past_end(const Answer& answer) {
    const auto& body = answer.entry->response.body;
    const auto plain = answer.decoded.empty() ? body.bytes : answer.decoded;
    return is_past_last_page(answer.status(), plain.view());
}

PageFacts facts_of(const Answer& answer) {
    const auto& entry = *answer.entry;
    return {.last_modified = entry.last_modified,
            .page_count = entry.x_pages,
            .expires_at = entry.times.fresh_until,
            .past_end = false};
}

}  // namespace

/// Until no runner of the sweep is left.
struct Sweep::Joining {
    Sweep& sweep;

    bool await_ready() const noexcept { return sweep.runners_ == 0; }
    void await_suspend(std::coroutine_handle<> flow) const noexcept {
        sweep.joining_ = flow;
    }
    void await_resume() const noexcept {}
};

Sweep::Sweep(Tag its_tag,
             std::shared_ptr<CompletionSink> whom,
             Call first,
             Settings settings)
    : Unit{its_tag, std::move(whom)},
      first_{std::move(first)},
      settings_{std::move(settings)},
      plan_{settings_.pages} {
    window = ByteWindow{settings_.byte_window};
    if (settings_.table && settings_.stream) {
        row_stream_.emplace(settings_.table, settings_.given, settings_.byte_window);
    } else if (settings_.table) {
        table_.emplace(settings_.table, settings_.given);
    }
    if (first_.profile->upstreams()) first_.home = std::make_shared<SweepHome>();
}

void Sweep::start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) {
    auto sweep = std::static_pointer_cast<Sweep>(std::move(self));
    self_ = sweep;
    run(dispatcher, std::move(sweep));
}

Flow Sweep::run(Dispatcher& dispatcher, std::shared_ptr<Sweep> sweep) {
    sweep->may_begin_ = !sweep->settings_.wait_for_refresh;
    while (!sweep->has_failed()) {
        const auto fetches = sweep->plan_.decide_next(dispatcher.clock().now());
        if (fetches.empty()) break;
        sweep->queue(fetches);
        if (sweep->is_too_late(sweep->queue_.back().not_before)) {
            sweep->give_up_waiting(fetches);
            break;
        }

        sweep->start_runners(dispatcher, std::min(kAtOnce, fetches.size()));
        Joining joining{*sweep};
        co_await joining;

        // After page 1, once: a snapshot about to end is not worth beginning.
        if (std::exchange(sweep->may_begin_, true) || sweep->has_failed()) continue;
        const auto refresh =
            sweep->plan_.decide_start(sweep->first_page_, dispatcher.clock().now());
        if (!refresh || sweep->is_too_late(*refresh)) {
            sweep->hand_over_in_order(dispatcher);
            continue;
        }
        Pause pause{dispatcher, *sweep, *refresh};
        co_await pause;
        sweep->queue({{1, *refresh}});
        fetch_queued(dispatcher, sweep);
        Joining again{*sweep};
        co_await again;
    }
    if (sweep->table_ && sweep->may_end_well()) {
        Working sifting{dispatcher.workers(),
                        sweep->table_->sifting_of(sweep->plan_.page_count())};
        auto rows = co_await sifting;
        sweep->rows_ = std::move(rows);
    }
    if (sweep->settings_.stream) sweep->hand_over_rest(dispatcher);
    Joining reading{*sweep};
    co_await reading;
    sweep->finish(dispatcher);
}

void Sweep::start_runners(Dispatcher& dispatcher, std::size_t count) {
    for (; count > 0; --count) fetch_queued(dispatcher, self_.lock());
}

Flow Sweep::fetch_queued(Dispatcher& dispatcher, std::shared_ptr<Sweep> sweep) {
    ++sweep->runners_;
    while (!sweep->queue_.empty() && !sweep->has_failed()) {
        if (sweep->lacks_room()) {
            Room room{*sweep};
            co_await room;
            continue;
        }
        const auto fetch = sweep->queue_.front();
        sweep->queue_.pop_front();
        Pause pause{dispatcher, *sweep, fetch.not_before};
        co_await pause;
        if (sweep->has_failed()) break;
        Asking asking{dispatcher, *sweep, sweep->call_for(fetch.page)};
        auto end = co_await asking;
        const bool is_for_table = sweep->is_for_table(end);
        if (is_for_table && !sweep->take_rows(dispatcher, fetch.page, *end)) {
            Working reading{dispatcher.workers(),
                            sweep->table_->reading_of(fetch.page, *end)};
            auto rows = co_await reading;
            sweep->keep_rows(dispatcher, fetch.page, std::move(rows));
        }
        sweep->take_in(dispatcher, fetch.page, std::move(end));
    }
    // Those who wait for room have nothing left to ask for.
    sweep->wake_runners();
    sweep->leave_runner();
}

/// Until all is read that waits. There is one at a time, so that rows come in order.
Flow Sweep::read_waiting(Dispatcher& dispatcher, std::shared_ptr<Sweep> sweep) {
    auto& stream = *sweep->row_stream_;
    ++sweep->runners_;
    stream.set_being_read(true);
    while (stream.has_pages() && !sweep->has_failed()) {
        if (!stream.has_room()) {
            Room room{*sweep};
            co_await room;
            continue;
        }
        Working reading{dispatcher.workers(), stream.next()};
        auto read = co_await reading;
        sweep->hand_over_rows(dispatcher, std::move(read));
    }
    stream.set_being_read(false);
    sweep->leave_runner();
}

void Sweep::leave_runner() {
    if (--runners_ == 0 && joining_) std::exchange(joining_, nullptr).resume();
}

void Sweep::on_taken(std::size_t bytes) {
    if (row_stream_) row_stream_->on_taken(bytes);
    Unit::on_taken(bytes);
}

Call Sweep::call_for(int page) const {
    auto call = first_;
    const auto& parameter = first_.route->page_parameter;
    call.target = catalog::with_query_parameter(
        first_.target, parameter.empty() ? "page" : parameter, std::to_string(page));
    if (table_) call.rows = table_->wanted_of(page);
    // Its pages wait as they came.
    call.wants_plain = table_.has_value();
    return call;
}

void Sweep::queue(const std::vector<PageSweep::Fetch>& fetches) {
    queue_.assign(fetches.begin(), fetches.end());
    // Stable: a stream whose first page is not under way could wait for it for ever.
    std::ranges::stable_sort(queue_, {}, &PageSweep::Fetch::not_before);
}

bool Sweep::is_for_table(const base::Result<Answer>& end) const noexcept {
    return table_ && !has_failed() && end && !http::is_error(end->status());
}

bool Sweep::take_rows(Dispatcher& dispatcher, int page, const Answer& answer) {
    auto rows = table_->rows_of(answer);
    if (!rows) return false;
    keep_rows(dispatcher, page, std::move(*rows));
    return true;
}

void Sweep::keep_rows(Dispatcher& dispatcher,
                      int page,
                      base::Result<columns::RecordBatchPtr>&& rows) {
    if (has_failed()) return;
    if (rows) {
        table_->keep(page, std::move(rows).value());
    } else {
        fail(dispatcher, std::move(rows).failure());
    }
}

void Sweep::fail(Dispatcher& dispatcher, base::Failure&& why) {
    failure_ = std::move(why);
    end_waits(dispatcher, base::ErrorKind::Cancelled);
}

void Sweep::take_in(Dispatcher& dispatcher, int page, base::Result<Answer>&& end) {
    if (has_failed()) return;
    if (!end) {
        fail(dispatcher, std::move(end).failure());
        return;
    }
    if (!http::is_error(end->status())) {
        keep_page(dispatcher, page, std::move(end).value());
    } else if (page > 1 && is_past_end(*end)) {
        plan_.on_page(page, {.expires_at = dispatcher.clock().now(), .past_end = true});
    } else {
        bad_answer_ = std::move(end).value();
        end_waits(dispatcher, base::ErrorKind::Cancelled);
    }
}

void Sweep::keep_page(Dispatcher& dispatcher, int page, Answer&& answer) {
    auto facts = facts_of(answer);
    // An entry without a lifetime may be asked for again at once.
    facts.expires_at = std::max(facts.expires_at, dispatcher.clock().now());
    plan_.on_page(page, facts);
    if (page == 1) first_page_ = facts;

    const auto place = static_cast<std::size_t>(page - 1);
    if (place >= pages_.size()) pages_.resize(place + 1);
    if (!pages_[place]) ++come_;
    const bool held_coded =
        answer.entry->response.body.coding != http::ContentCoding::Identity;
    if (held_coded) answer.decoded = {};
    // Its rows are kept in place of it.
    pages_[place] = table_ ? Answer{} : std::move(answer);
    if (hands_over_at_once()) window.on_come(bytes_of(*pages_[place]));
    if (may_begin_) hand_over_in_order(dispatcher);
    if (!settings_.tells_progress) return;
    const auto total = static_cast<std::size_t>(plan_.page_count());
    sink->on_progress(tag, std::min(come_, total), total);
}

void Sweep::hand_over_in_order(Dispatcher& dispatcher) {
    if (!hands_over_at_once()) return;
    for (; handed_over_ < pages_.size() && pages_[handed_over_]; ++handed_over_) {
        hand_over(dispatcher, handed_over_);
    }
}

/// To the sink, or to be read; it stays marked as come, and holds nothing any more.
void Sweep::hand_over(Dispatcher& dispatcher, std::size_t place) {
    auto page = std::exchange(*pages_[place], Answer{});
    const auto bytes = bytes_of(page);
    if (!row_stream_) {
        sink->on_page(tag, place, std::move(page), bytes);
        return;
    }
    const auto held = hands_over_at_once() ? bytes : 0;
    row_stream_->add(static_cast<int>(place) + 1, std::move(page), held);
    if (!row_stream_->is_being_read()) read_waiting(dispatcher, self_.lock());
}

void Sweep::hand_over_rows(Dispatcher& dispatcher, PagesRead&& read) {
    if (has_failed()) return;
    const auto bytes = row_stream_->on_read(read);
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        window.on_come(bytes[place]);
        sink->on_rows(tag, rows_told_++, std::move(read.pages[place]), bytes[place]);
    }
    if (read.failure) fail(dispatcher, std::move(*read.failure));
    // The rows have taken the place of what the pages held.
    Unit::on_taken(row_stream_->held());
}

/// Of one snapshot nothing goes out before all of it is there.
void Sweep::hand_over_rest(Dispatcher& dispatcher) {
    if (!may_end_well()) return;
    const auto count = static_cast<std::size_t>(plan_.page_count());
    for (auto place = handed_over_; place < std::min(count, pages_.size()); ++place) {
        if (pages_[place]) hand_over(dispatcher, place);
    }
}

bool Sweep::is_too_late(base::TimePoint not_before) const noexcept {
    return first_.options && first_.options->deadline <= not_before;
}

/// Without consistency what has come is better than nothing.
void Sweep::give_up_waiting(const std::vector<PageSweep::Fetch>& fetches) {
    if (!settings_.consistent) return;
    failure_ = base::make_failure(
        base::ErrorKind::DeadlineExceeded,
        std::to_string(fetches.size()) +
            " pages are missing or of an older snapshot, and the deadline comes "
            "before they may be asked for.");
    failure_->route = first_.route->path;
}

void Sweep::finish(Dispatcher& dispatcher) {
    if (has_failed()) {
        finish_failed();
    } else {
        sink->on_sweep_end(tag, make_end());
    }
    dispatcher.leave(tag);
}

void Sweep::finish_failed() {
    if (stopped) {
        auto failure = base::make_failure(*stopped, "The sweep was stopped.");
        failure.route = first_.route->path;
        sink->on_sweep_end(tag, std::move(failure));
    } else if (failure_) {
        sink->on_sweep_end(tag, std::move(*failure_));
    } else {
        sink->on_sweep_answer(tag, std::move(*bad_answer_));
    }
}

SweepEnd Sweep::make_end() {
    SweepEnd end;
    end.last_modified = plan_.last_modified();
    end.consistent = plan_.state() == PageSweep::State::Consistent;
    end.rounds = plan_.rounds();
    if (is_torn()) end.torn = inconsistent();
    if (table_) {
        end.table = table_->plan();
        end.batches = std::move(rows_.batches);
        end.page_count = rows_.page_count;
        end.repeats = rows_.repeats;
    } else if (!settings_.stream) {
        add_pages(end);
    }
    return end;
}

void Sweep::add_pages(SweepEnd& end) {
    const auto count = static_cast<std::size_t>(plan_.page_count());
    for (std::size_t place = 0; place < std::min(count, pages_.size()); ++place) {
        if (pages_[place]) end.pages.push_back(std::move(*pages_[place]));
    }
}

base::Failure Sweep::inconsistent() const {
    auto failure = base::make_failure(
        base::ErrorKind::InconsistentPages,
        "The pages still differ in Last-Modified after " +
            std::to_string(plan_.rounds()) +
            " rounds. Try again after the next refresh, or take consistent=False.");
    failure.route = first_.route->path;
    return failure;
}

}  // namespace pyesi::engine

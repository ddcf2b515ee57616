#include "engine/table_reading.h"

#include "columns/row_filter.h"
#include "engine/dispatcher.h"
#include "http/content_coding.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

namespace pyesi::engine {

namespace {

/// The body in plain: what is at hand, else decoded here.
base::Result<base::Bytes> plain_body(const Answer& answer) {
    const auto& body = answer.entry->response.body;
    if (body.coding == http::ContentCoding::Identity) return body.bytes;
    if (!answer.decoded.empty()) return answer.decoded;
    return http::decode(body);
}

/// Who asks ESI about it will want to know which answer it was.
base::Failure with_facts(base::Failure failure, const Answer& answer) {
    failure.route = answer.call.route->path;
    failure.attempts = answer.attempts;
    const auto id = answer.entry->response.headers.find("X-Esi-Request-Id");
    if (id) failure.request_id = *id;
    return failure;
}

std::uint64_t row_count(const std::vector<columns::RecordBatchPtr>& batches) {
    return std::accumulate(batches.begin(),
                           batches.end(),
                           std::uint64_t{0},
                           [](std::uint64_t rows, const auto& batch) {
                               return rows + static_cast<std::uint64_t>(batch->rows);
                           });
}

}  // namespace

base::Result<columns::RecordBatchPtr> read_answers(const TablePlanPtr& plan,
                                                   std::vector<Answered> answers) {
    std::vector<columns::Document> documents;
    documents.reserve(answers.size());
    for (auto& one : answers) {
        auto plain = plain_body(one.answer);
        if (!plain) return with_facts(std::move(plain).failure(), one.answer);
        one.answer.decoded = {};
        documents.push_back({.json = std::move(plain).value(),
                             .page = one.page,
                             .last_modified = one.answer.entry->last_modified,
                             .given = std::move(one.given)});
    }
    auto batch = columns::read_batch(plan, documents);
    if (batch || answers.size() != 1) return batch;
    return with_facts(std::move(batch).failure(), answers.front().answer);
}

void Reading::start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) {
    run(dispatcher, std::static_pointer_cast<Reading>(std::move(self)));
}

Flow Reading::run(Dispatcher& dispatcher, std::shared_ptr<Reading> reading) {
    if (reading->stopped) {
        reading->finish(dispatcher, reading->stop_failure());
        co_return;
    }
    Working working{dispatcher.workers(), std::move(reading->what_)};
    auto end = co_await working;
    if (reading->stopped) {
        reading->finish(dispatcher, reading->stop_failure());
    } else {
        reading->finish(dispatcher, std::move(end));
    }
}

void Reading::finish(Dispatcher& dispatcher,
                     base::Result<columns::RecordBatchPtr>&& end) {
    sink->on_reading_end(tag, std::move(end));
    dispatcher.leave(tag);
}

base::Failure Reading::stop_failure() const {
    return base::make_failure(*stopped, "The reading was stopped.");
}

TableRows Sifting::operator()() {
    TableRows rows;
    rows.page_count = static_cast<int>(batches.size());
    const auto before = row_count(batches);
    rows.batches = columns::without_repeats(batches);
    rows.repeats = before - row_count(rows.batches);
    return rows;
}

std::shared_ptr<const RowsWanted> SweepTable::wanted_of(int page) const {
    if (!needs_body_alone(*plan_)) return nullptr;
    return std::make_shared<const RowsWanted>(
        RowsWanted{.plan = plan_, .page = page, .given = given_});
}

std::optional<base::Result<columns::RecordBatchPtr>> SweepTable::rows_of(
    const Answer& answer) const {
    // By another sweep's plan: an equal request that this one joined.
    if (!answer.rows || answer.rows->wanted->plan != plan_) return std::nullopt;
    const auto& batch = answer.rows->batch;
    if (batch) return batch.value();
    return with_facts(batch.failure(), answer);
}

AnswerReading SweepTable::reading_of(int page, Answer& answer) const {
    AnswerReading reading{.plan = plan_, .answers = {}};
    reading.answers.push_back({.answer = answer, .page = page, .given = given_});
    answer.decoded = {};
    return reading;
}

void SweepTable::keep(int page, columns::RecordBatchPtr batch) {
    const auto place = static_cast<std::size_t>(page - 1);
    if (place >= batches_.size()) batches_.resize(place + 1);
    batches_[place] = std::move(batch);
}

Sifting SweepTable::sifting_of(int page_count) {
    Sifting sifting{std::exchange(batches_, {})};
    auto& batches = sifting.batches;
    batches.resize(std::min(batches.size(), static_cast<std::size_t>(page_count)));
    // Without consistency some may be missing.
    std::erase(batches, nullptr);
    return sifting;
}

}  // namespace pyesi::engine

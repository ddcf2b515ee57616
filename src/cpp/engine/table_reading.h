#pragma once

#include "base/result.h"
#include "columns/batch_reader.h"
#include "columns/record_batch.h"
#include "engine/answer.h"
#include "engine/rows_wanted.h"
#include "engine/unit.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pyesi::engine {

/// An answer to read rows of, and what those rows are given.
struct Answered {
    Answer answer;
    int page = 1;
    std::vector<columns::GivenValue> given{};  ///< for each column that is the caller's
};

/// The rows of some answers, in one batch. DecodeFailed for a body that is damaged or
/// does not fit. Lets go of each body once it is read. Thread-safe.
/// REQUIRES: as of columns::read_batch.
base::Result<columns::RecordBatchPtr> read_answers(const TablePlanPtr& plan,
                                                   std::vector<Answered> answers);

/// The same as a piece of work.
struct AnswerReading {
    TablePlanPtr plan;
    std::vector<Answered> answers;

    base::Result<columns::RecordBatchPtr> operator()() {
        return read_answers(plan, std::move(answers));
    }
};

/// Answers that were asked for as one batch of rows. Once a worker has begun it
/// finishes, and what came of it is dropped if the unit was stopped meanwhile.
///
/// Thread: network thread only.
class Reading final : public Unit {
public:
    Reading(Tag its_tag, std::shared_ptr<CompletionSink> whom, AnswerReading what)
        : Unit{its_tag, std::move(whom)}, what_{std::move(what)} {}

    void start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) override;

private:
    static Flow run(Dispatcher& dispatcher, std::shared_ptr<Reading> reading);
    void finish(Dispatcher& dispatcher, base::Result<columns::RecordBatchPtr>&& end);
    base::Failure stop_failure() const;

    AnswerReading what_;
};

/// What a table's pages have become.
struct TableRows {
    std::vector<columns::RecordBatchPtr> batches;  ///< in the order of the pages
    int page_count = 0;
    std::uint64_t repeats = 0;  ///< rows that came twice, and were left out once
};

/// Leaves out what came twice. A piece of work: it looks at every row's key.
struct Sifting {
    std::vector<columns::RecordBatchPtr> batches;

    TableRows operator()();
};

/// The pages of one sweep, each a batch in place of its answer.
///
/// Thread: network thread only.
class SweepTable {
public:
    SweepTable(TablePlanPtr plan, std::vector<columns::GivenValue> given)
        : plan_{std::move(plan)}, given_{std::move(given)} {}

    const TablePlanPtr& plan() const noexcept { return plan_; }

    /// What is wanted of a page; null where its rows need more than its body.
    std::shared_ptr<const RowsWanted> wanted_of(int page) const;

    /// The rows of a page that came, if they were read on the way.
    std::optional<base::Result<columns::RecordBatchPtr>> rows_of(
        const Answer& answer) const;

    /// What a worker has to do for any other. Takes its body in plain away.
    AnswerReading reading_of(int page, Answer& answer) const;

    /// In place of what that page was before.
    void keep(int page, columns::RecordBatchPtr batch);

    /// What a worker has to do at the end, for so many pages. Leaves nothing here.
    Sifting sifting_of(int page_count);

private:
    TablePlanPtr plan_;
    std::vector<columns::GivenValue> given_;
    std::vector<columns::RecordBatchPtr> batches_;  // page n at n - 1; null: none yet
};

}  // namespace pyesi::engine

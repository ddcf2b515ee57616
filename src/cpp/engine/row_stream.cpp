#include "engine/row_stream.h"

#include "base/freed_memory.h"
#include "columns/row_filter.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pyesi::engine {

namespace {

// JSON that is read in one go, some eight pages of market orders: to hand one page over
// and back costs an eighth of what it takes to read it.
constexpr std::size_t kReadAtOnce = std::size_t{2} << 20U;

// Rows that are read before they are asked for: what two such goes make.
constexpr std::size_t kMostAhead = std::size_t{2} << 20U;

// Bytes of pages after which their memory is returned. It is the network thread's, and
// the rows are a worker's: else both would be had at the end.
constexpr std::size_t kReturnedAt = std::size_t{1} << 20U;

constexpr std::size_t kBesidesTheRows = 1024;

PageRows rows_of(columns::RecordBatchPtr batch, const columns::RecordBatchPtr& before) {
    PageRows rows{.batch = std::move(batch)};
    if (before == nullptr) return rows;
    const auto all = rows.batch->rows;
    const std::array pair{before, std::move(rows.batch)};
    rows.batch = columns::without_repeats(pair).back();
    rows.repeats = static_cast<std::uint64_t>(all - rows.batch->rows);
    return rows;
}

}  // namespace

PagesRead PagesReading::operator()() {
    PagesRead read{.last = std::move(before)};
    read.pages.reserve(answers.size());
    for (auto& one : answers) {
        const auto last_modified = one.answer.entry->last_modified;
        std::vector<Answered> alone;
        alone.push_back(std::move(one));
        auto batch = read_answers(plan, std::move(alone));
        if (!batch) {
            read.failure = std::move(batch).failure();
            break;
        }
        auto& rows = read.pages.emplace_back(rows_of(batch.value(), read.last));
        rows.last_modified = last_modified;
        read.last = std::move(batch).value();
    }
    if (returns_memory) base::return_freed_memory();
    return read;
}

RowStream::RowStream(TablePlanPtr plan,
                     std::vector<columns::GivenValue> given,
                     std::size_t most)
    : plan_{std::move(plan)},
      given_{std::move(given)},
      most_{most},
      ahead_{std::min(most, kMostAhead)} {}

void RowStream::add(int page, Answer&& answer, std::size_t held) {
    waiting_.push_back(
        {.answered = {.answer = std::move(answer), .page = page, .given = given_},
         .held = held});
}

PagesReading RowStream::next() {
    const auto most = std::min(most_, kReadAtOnce);
    PagesReading reading{.plan = plan_, .before = std::move(before_)};
    std::size_t bytes = 0;
    held_ = 0;
    do {
        auto& first = waiting_.front();
        const auto& body = first.answered.answer.entry->response.body;
        bytes += std::max(body.decoded_size, body.bytes.size());
        let_go_ += body.bytes.size();
        held_ += first.held;
        reading.answers.push_back(std::move(first.answered));
        waiting_.pop_front();
    } while (bytes < most && has_pages());
    reading.returns_memory = let_go_ >= kReturnedAt;
    if (reading.returns_memory) let_go_ = 0;
    return reading;
}

std::vector<std::size_t> RowStream::on_read(const PagesRead& read) {
    before_ = read.last;
    std::vector<std::size_t> held;
    held.reserve(read.pages.size());
    for (const auto& page : read.pages) {
        held.push_back(page.batch->bytes + kBesidesTheRows);
        ahead_.on_come(held.back());
    }
    return held;
}

}  // namespace pyesi::engine

#pragma once

#include "engine/byte_window.h"
#include "engine/receiver.h"
#include "engine/table_reading.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace pyesi::engine {

/// What became of pages that were read one after the other.
struct PagesRead {
    std::vector<PageRows> pages{};           ///< up to the first that cannot be read
    columns::RecordBatchPtr last{};          ///< all rows of the last one of them
    std::optional<base::Failure> failure{};  ///< DecodeFailed: why that one cannot
};

/// Reads pages that lie side by side. A row that the page before has is left out: pages
/// overlap where a row was added or went while they were made. A piece of work.
struct PagesReading {
    TablePlanPtr plan;
    std::vector<Answered> answers{};
    columns::RecordBatchPtr before{};  ///< all rows of the page before; null: none
    bool returns_memory = false;       ///< so much was let go of that it is worth it

    PagesRead operator()();
};

/// Pages of one sweep on their way to whoever takes their rows, page by page in their
/// order. They wait as they came, mostly compressed, and are read a few in one go, so
/// far ahead of what is taken that a worker and the taker need not wait for each other.
/// What they held is of use to their rows at once.
///
/// Thread: network thread only.
class RowStream {
public:
    /// No more than `most` bytes of rows are read ahead; one page always may be.
    RowStream(TablePlanPtr plan,
              std::vector<columns::GivenValue> given,
              std::size_t most);

    /// The next page has come; `held` is what it holds of the sweep's window.
    void add(int page, Answer&& answer, std::size_t held);

    bool has_pages() const noexcept { return !waiting_.empty(); }

    /// Whether somebody is reading; who begins says so.
    bool is_being_read() const noexcept { return is_being_read_; }
    void set_being_read(bool is_being_read) noexcept { is_being_read_ = is_being_read; }

    /// Whether so little is read ahead that more may be.
    bool has_room() const noexcept { return ahead_.has_room(0); }

    /// What a worker has to do next. REQUIRES: has_pages(), nothing else is being read.
    PagesReading next();

    /// How much of the sweep's window the pages of the last reading held.
    std::size_t held() const noexcept { return held_; }

    /// The last reading has ended. Gives what its rows hold, page by page.
    std::vector<std::size_t> on_read(const PagesRead& read);

    void on_taken(std::size_t bytes) noexcept { ahead_.on_taken(bytes); }

private:
    struct Waiting {
        Answered answered;
        std::size_t held;
    };

    TablePlanPtr plan_;
    std::vector<columns::GivenValue> given_;
    std::size_t most_;
    ByteWindow ahead_;
    std::deque<Waiting> waiting_;
    columns::RecordBatchPtr before_;
    std::size_t held_ = 0;
    std::size_t let_go_ = 0;  // bytes of pages since memory was last returned
    bool is_being_read_ = false;
};

}  // namespace pyesi::engine

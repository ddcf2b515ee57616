#pragma once

#include "engine/page_sweep.h"
#include "engine/row_stream.h"
#include "engine/table_reading.h"
#include "engine/unit.h"

#include <coroutine>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace pyesi::engine {

/// All pages of one route as one snapshot: PageSweep decides, this fetches.
///
/// Pages are held compressed until the snapshot is whole. With `consistent` false
/// and `stream` true each is handed over as soon as those before it have been, and
/// nothing is asked for beyond `byte_window` of what came and was not taken.
///
/// Where a table is wanted each page is read by a worker as it comes, and its bytes are
/// let go of; a page that is fetched again is read again. Where it is wanted as a
/// stream the pages are held as any other stream's, and read when they are to be handed
/// over.
///
/// Thread: network thread only.
class Sweep final : public Unit {
public:
    struct Settings {
        bool consistent = true;        ///< else the pages are merged and flagged
        bool stream = false;           ///< hand pages over one by one
        bool wait_for_refresh = true;  ///< do not start just before page 1 expires
        bool tells_progress = false;
        std::size_t byte_window = ByteWindow::kUsual;
        PageSweep::Settings pages{};

        TablePlanPtr table{};                      ///< null: the answers are wanted
        std::vector<columns::GivenValue> given{};  ///< for the table's rows
    };

    /// `first` asks for the route; the page parameter is set here.
    Sweep(Tag its_tag,
          std::shared_ptr<CompletionSink> whom,
          Call first,
          Settings settings);

    void start(Dispatcher& dispatcher, std::shared_ptr<Unit> self) override;
    void on_taken(std::size_t bytes) override;

private:
    struct Joining;

    static Flow run(Dispatcher& dispatcher, std::shared_ptr<Sweep> sweep);
    static Flow fetch_queued(Dispatcher& dispatcher, std::shared_ptr<Sweep> sweep);
    static Flow read_waiting(Dispatcher& dispatcher, std::shared_ptr<Sweep> sweep);
    void start_runners(Dispatcher& dispatcher, std::size_t count);
    void leave_runner();

    Call call_for(int page) const;
    void queue(const std::vector<PageSweep::Fetch>& fetches);
    bool is_for_table(const base::Result<Answer>& end) const noexcept;
    /// Whether they were read on the way.
    bool take_rows(Dispatcher& dispatcher, int page, const Answer& answer);
    void keep_rows(Dispatcher& dispatcher,
                   int page,
                   base::Result<columns::RecordBatchPtr>&& rows);
    void take_in(Dispatcher& dispatcher, int page, base::Result<Answer>&& end);
    void fail(Dispatcher& dispatcher, base::Failure&& why);
    void keep_page(Dispatcher& dispatcher, int page, Answer&& answer);
    void hand_over_in_order(Dispatcher& dispatcher);
    void hand_over(Dispatcher& dispatcher, std::size_t place);
    void hand_over_rows(Dispatcher& dispatcher, PagesRead&& read);
    void hand_over_rest(Dispatcher& dispatcher);
    bool lacks_room() const noexcept {
        return hands_over_at_once() && may_begin_ && !queue_.empty() && !has_room();
    }
    bool has_failed() const noexcept { return failure_ || bad_answer_ || stopped; }
    bool hands_over_at_once() const noexcept {
        return settings_.stream && !settings_.consistent;
    }

    /// Whether the sweep's deadline comes before it could go on.
    bool is_too_late(base::TimePoint not_before) const noexcept;
    void give_up_waiting(const std::vector<PageSweep::Fetch>& fetches);

    void finish(Dispatcher& dispatcher);
    void finish_failed();
    bool is_torn() const noexcept {
        return settings_.consistent && plan_.state() != PageSweep::State::Consistent;
    }
    bool may_end_well() const noexcept { return !has_failed() && !is_torn(); }
    SweepEnd make_end();
    void add_pages(SweepEnd& end);
    base::Failure inconsistent() const;

    std::weak_ptr<Sweep> self_;  // for runners that begin later
    Call first_;
    Settings settings_;
    PageSweep plan_;
    std::deque<PageSweep::Fetch> queue_;
    std::vector<std::optional<Answer>> pages_;  // page n at n - 1
    PageFacts first_page_;
    std::optional<SweepTable> table_;
    std::optional<RowStream> row_stream_;
    TableRows rows_;
    std::optional<base::Failure> failure_;
    std::optional<Answer> bad_answer_;
    std::size_t runners_ = 0;
    std::size_t come_ = 0;
    std::size_t handed_over_ = 0;  // pages of a stream that have gone out
    std::size_t rows_told_ = 0;    // and those whose rows have
    bool may_begin_ = false;       // page 1 is not going to be asked for once more
    std::coroutine_handle<> joining_;
};

}  // namespace pyesi::engine

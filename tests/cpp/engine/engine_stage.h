#pragma once

#include "cache/memory_store.h"
#include "catalog/binding.h"
#include "engine/batch.h"
#include "engine/dispatcher.h"
#include "engine/sweep.h"
#include "fakes/fake_transport.h"
#include "http/http_date.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace pyesi::engine {

inline std::shared_ptr<const catalog::RouteTable> shipped_routes() {
    static const auto routes = [] {
        std::ifstream file{PYESI_SOURCE_DIR "/src/pyesi/catalog/esi-2026-08-18.json"};
        std::stringstream text;
        text << file.rdbuf();
        auto table = catalog::RouteTable::parse(text.str());
        return std::make_shared<const catalog::RouteTable>(std::move(table).value());
    }();
    return routes;
}

/// Keeps what it is told, and how often.
struct Ledger final : CompletionSink {
    void on_end(Tag tag, base::Result<Answer>&& end) noexcept override {
        ++told[tag];
        ends.insert_or_assign(tag, std::move(end));
        if (then) then(tag);
    }
    void on_batch_end(Tag tag, BatchEnd&& end) noexcept override {
        ++told[tag];
        batch.emplace(std::move(end));
    }
    void on_sweep_end(Tag tag, base::Result<SweepEnd>&& end) noexcept override {
        ++told[tag];
        sweep.emplace(std::move(end));
    }
    void on_warming_end(Tag tag, base::Result<WarmingReport>&& end) noexcept override {
        ++told[tag];
        warming.emplace(std::move(end));
    }
    void on_reading_end(Tag tag,
                        base::Result<columns::RecordBatchPtr>&& end) noexcept override {
        ++told[tag];
        reading.emplace(std::move(end));
    }
    void on_sweep_answer(Tag tag, Answer&& answer) noexcept override {
        ++told[tag];
        bad_answer.emplace(std::move(answer));
    }
    void on_progress(Tag /*tag*/,
                     std::size_t done,
                     std::size_t total) noexcept override {
        progress.emplace_back(done, total);
    }
    void on_page(Tag /*tag*/,
                 std::size_t index,
                 Answer&& page,
                 std::size_t bytes) noexcept override {
        pages.emplace_back(index, std::move(page));
        handed_over.push_back(bytes);
    }
    void on_rows(Tag /*tag*/,
                 std::size_t index,
                 PageRows&& page,
                 std::size_t bytes) noexcept override {
        rows.emplace_back(index, std::move(page));
        handed_over.push_back(bytes);
    }
    void on_item(Tag /*tag*/,
                 std::size_t index,
                 base::Result<Answer>&& end,
                 std::size_t bytes) noexcept override {
        items.emplace_back(index, std::move(end));
        handed_over.push_back(bytes);
    }

    std::function<void(Tag)> then;
    std::map<Tag, int> told;
    std::map<Tag, base::Result<Answer>> ends;
    std::optional<BatchEnd> batch;
    std::optional<base::Result<SweepEnd>> sweep;
    std::optional<base::Result<WarmingReport>> warming;
    std::optional<base::Result<columns::RecordBatchPtr>> reading;
    std::optional<Answer> bad_answer;
    std::vector<std::pair<std::size_t, std::size_t>> progress;
    std::vector<std::pair<std::size_t, Answer>> pages;
    std::vector<std::pair<std::size_t, PageRows>> rows;
    std::vector<std::pair<std::size_t, base::Result<Answer>>> items;
    std::vector<std::size_t> handed_over;  ///< bytes of each page and item
};

/// A dispatcher on a loop that only the test turns, with a transport that the
/// test answers, under a clock that only the test turns far.
class EngineStage : public ::testing::Test {
protected:
    EngineStage() : profile_{make_profile()}, ledger_{std::make_shared<Ledger>()} {
        auto transport = std::make_unique<fakes::FakeTransport>(
            [this] { boost::asio::post(loop_, [this] { transport_->deliver(); }); });
        transport_ = transport.get();
        dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Parts{
            loop_, config_, clock_, metrics_, store_, std::move(transport)});
    }

    ~EngineStage() override {
        dispatcher_->close();
        turn();
        dispatcher_.reset();
    }

    static std::shared_ptr<const Profile> make_profile() {
        // Limits are kept by origin for the whole process: each test has its own.
        static int number = 0;
        return std::make_shared<const Profile>(
            ProfileSettings{
                .base_url = "https://esi" + std::to_string(++number) + ".invalid",
                .user_agent = "test/1.0",
                .compatibility_date = "2026-08-18",
                .language = "en",
                .tenant = "tranquility"},
            shipped_routes());
    }

    static std::shared_ptr<const catalog::Route> route(http::Method method,
                                                       std::string_view name) {
        return {shipped_routes(), shipped_routes()->find(method, name)};
    }

    Call system_call(int id = 30000142) const {
        return {.profile = profile_,
                .route = route(http::Method::Get, "/universe/systems/{system_id}"),
                .options = nullptr,
                .target = "/universe/systems/" + std::to_string(id),
                .method = http::Method::Get};
    }

    Call orders_call() const {
        return {.profile = profile_,
                .route = route(http::Method::Get, "/markets/{region_id}/orders"),
                .options = nullptr,
                .target = "/markets/10000002/orders?order_type=all",
                .method = http::Method::Get};
    }

    Call post_call() const {
        auto options = std::make_shared<Options>();
        options->has_body = true;
        options->body = base::Bytes{"[34]"};
        return {.profile = profile_,
                .route = route(http::Method::Post, "/universe/names"),
                .options = std::move(options),
                .target = "/universe/names",
                .method = http::Method::Post};
    }

    Call as(Call call, std::string identity) const {
        auto options = std::make_shared<Options>();
        options->identity = std::move(identity);
        options->authorization = "Bearer secret";
        options->variant = profile_->variant_of(options->identity);
        call.options = std::move(options);
        return call;
    }

    Tag ask(Call call, base::Duration patience = std::chrono::seconds{30}) {
        const auto tag = ++last_tag_;
        dispatcher_->submit(std::move(call),
                            {.tag = tag,
                             .receiver = ledger_,
                             .asked_at = clock_.now(),
                             .deadline = clock_.now() + patience});
        turn();
        return tag;
    }

    Tag sweep(Sweep::Settings settings = {}) {
        const auto tag = ++last_tag_;
        auto options = std::make_shared<Options>();
        options->accept_stale = false;
        options->counted_from_admission = true;
        auto call = orders_call();
        call.options = std::move(options);
        dispatcher_->enter(std::make_shared<Sweep>(
            tag, ledger_, std::move(call), std::move(settings)));
        turn();
        return tag;
    }

    /// Runs whatever can run now.
    void turn() {
        do {
            loop_.restart();
            loop_.poll();
        } while (dispatcher_->is_working());
    }

    void turn_clock(base::Duration length) {
        clock_.advance(length);
        dispatcher_->on_clock_turned();
        turn();
    }

    struct Reply {
        int status = 200;
        std::string body = "{}";
        std::string etag = "\"tag\"";
        int lifetime = 300;  ///< seconds; negative: no Expires
        int modified = 0;    ///< seconds since the epoch; 0: no Last-Modified
        int pages = 0;       ///< 0: no X-Pages
        std::string extra_name{};
        std::string extra_value{};
    };

    transport::TransferEnd reply(const Reply& told) const {
        transport::TransferReply reply;
        const auto now = clock_.wall_now();
        reply.status = told.status;
        reply.body = base::Bytes{told.body};
        reply.headers.append("Date", http::format_http_date(now));
        if (!told.etag.empty()) reply.headers.append("ETag", told.etag);
        if (told.lifetime >= 0) {
            reply.headers.append(
                "Expires",
                http::format_http_date(now + std::chrono::seconds{told.lifetime}));
        }
        if (told.modified > 0) {
            reply.headers.append("Last-Modified",
                                 http::format_http_date(base::WallTime{
                                     std::chrono::seconds{told.modified}}));
        }
        if (told.pages > 0) reply.headers.append("X-Pages", std::to_string(told.pages));
        if (!told.extra_name.empty()) {
            reply.headers.append(told.extra_name, told.extra_value);
        }
        return reply;
    }

    void answer_oldest(const Reply& told) {
        transport_->end_oldest(reply(told));
        turn();
    }

    void fail_oldest(base::ErrorKind kind, int sends = 1) {
        transport_->end_oldest(fakes::FakeTransport::failure(kind, sends));
        turn();
    }

    const transport::TransferRequest& oldest() const {
        return transport_->open().front().request;
    }

    std::size_t under_way() const { return transport_->open().size(); }

    const Answer& answer_to(Tag tag) { return ledger_->ends.at(tag).value(); }
    base::ErrorKind failure_of(Tag tag) { return ledger_->ends.at(tag).failure().kind; }
    bool has_ended(Tag tag) const { return ledger_->told.contains(tag); }

    boost::asio::io_context loop_{1};
    base::Clock clock_;
    EngineConfig config_;
    metrics::RequestMetrics metrics_{std::vector<std::string>(233, "route")};
    std::shared_ptr<cache::MemoryStore> store_ =
        std::make_shared<cache::MemoryStore>(cache::MemoryStore::Settings{});
    std::shared_ptr<const Profile> profile_;
    std::shared_ptr<Ledger> ledger_;
    std::unique_ptr<Dispatcher> dispatcher_;
    fakes::FakeTransport* transport_ = nullptr;
    Tag last_tag_ = 0;
};

}  // namespace pyesi::engine

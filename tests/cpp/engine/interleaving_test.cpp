// Whatever is asked by whom, answered, lost, cancelled, changed and forgotten, in any
// order and over any tiers: who asks is told what is his own, once; and nobody asks
// ESI for what is still fresh.

#include "cache/disk_store.h"
#include "cache/temporary_folder.h"
#include "cache/tiered_store.h"
#include "engine/selection.h"
#include "engine_stage.h"
#include "late_store.h"
#include "witness.h"

#include <random>
#include <set>
#include <sstream>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

enum class Tiers : std::uint8_t { Memory, File, Stack };

/// One schedule: what happens next is drawn.
class Schedule final : public EngineStage {
public:
    Schedule(unsigned seed, Tiers tiers, std::string path)
        : chance_{seed}, tiers_{tiers}, path_{std::move(path)} {
        config_.max_in_flight = 1 + static_cast<int>(draw(6));
        config_.retry.max_attempts = 1 + static_cast<int>(draw(2));
        others_ = {profile_, profile_as("de", "test/1.0"), profile_as("en", "other/2")};
        open_store();
        begin();
    }
    ~Schedule() override {
        dispatcher_->close();
        tell_all();
        if (file_) file_->close();
    }
    Schedule(const Schedule&) = delete;
    Schedule& operator=(const Schedule&) = delete;

    void run(int steps) {
        for (int step = 0; step < steps && !HasFailure(); ++step) take_step();
        if (!HasFailure()) end_all();
    }

    std::string story() const { return story_.str(); }

    /// Adds how many answers came from where.
    void count(std::map<Source, int>& by_source) const {
        for (const auto& [source, count] : witness_->by_source) {
            by_source[source] += count;
        }
    }
    std::uint64_t coalesced() {
        return metrics_.snapshot(clock_.now()).totals.cache.coalesced;
    }

private:
    using Step = void (Schedule::*)();

    void TestBody() override {}

    unsigned draw(unsigned count) { return static_cast<unsigned>(chance_() % count); }

    template <class Choice>
    const Choice& one_of(const std::vector<Choice>& choices) {
        return choices[draw(static_cast<unsigned>(choices.size()))];
    }

    // ------------------------------------------------------------- the cache

    void open_store() {
        if (tiers_ == Tiers::Memory) return;
        cache::DiskStore::Settings settings{.path = path_};
        settings.clock_run = 1;
        file_ = std::make_shared<cache::DiskStore>(settings, clock_);
        late_ = std::make_shared<LateStore>(file_);
    }

    std::shared_ptr<cache::Store> make_store() {
        if (tiers_ == Tiers::Memory) return store_;
        cache::MemoryStore::Settings settings;
        if (tiers_ == Tiers::File) settings.max_entries = 1;  // as good as none
        return std::make_shared<cache::TieredStore>(
            std::make_shared<cache::MemoryStore>(settings), late_);
    }

    /// What is not written into a file is had for as long as memory has room.
    bool keeps_in_memory() const { return tiers_ != Tiers::File; }

    void begin() {
        used_ = make_store();
        auto transport = std::make_unique<fakes::FakeTransport>(
            [this] { boost::asio::post(loop_, [this] { transport_->deliver(); }); });
        transport_ = transport.get();
        transport_->answer = [this](const transport::TransferRequest& request) {
            look_at_sent(request);
            return std::nullopt;
        };
        dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Parts{
            loop_, config_, clock_, metrics_, used_, std::move(transport)});
    }

    void look_at_sent(const transport::TransferRequest& request) {
        if (request.method == http::Method::Delete) return;
        const auto whose = whose_of(request, profile_->base_url());
        story_ << "    sent " << static_cast<int>(request.method) << ' ' << whose.text()
               << '\n';
        if (!promises_.is_broken_by(whose, request.method, clock_.now())) return;
        EXPECT_TRUE(is_reloading(whose)) << "asked early: " << whose.text();
    }

    /// Somebody waits who asked for it to be asked anew.
    bool is_reloading(const Whose& whose) const {
        const auto wants = [&](const Witness::Asked& item) {
            return item.mode == CacheMode::Reload && item.whose.target == whose.target;
        };
        return std::ranges::any_of(witness_->asked, [&](const auto& asked) {
            return !witness_->told.contains(asked.first) &&
                   std::ranges::any_of(asked.second, wants);
        });
    }

    // ------------------------------------------------------------- what is asked

    std::shared_ptr<const Profile> profile_as(std::string language, std::string agent) {
        return std::make_shared<const Profile>(
            ProfileSettings{.base_url = profile_->base_url(),
                            .user_agent = std::move(agent),
                            .compatibility_date = "2026-08-18",
                            .language = std::move(language),
                            .tenant = "tranquility"},
            shipped_routes());
    }

    Call any_call(http::Method method) {
        static const std::vector<std::string> identities = {"", "alice", "bob"};
        auto call = system_call(static_cast<int>(draw(4)));
        call.profile = one_of(others_);
        call.method = method;
        auto options = std::make_shared<Options>();
        options->identity = one_of(identities);
        if (!options->identity.empty()) {
            options->authorization = "Bearer " + options->identity;
            options->variant = call.profile->variant_of(options->identity);
        }
        options->cache_mode = any_mode();
        call.options = std::move(options);
        return call;
    }

    CacheMode any_mode() {
        return draw(2) > 0 ? CacheMode::Default
                           : static_cast<CacheMode>(draw(kCacheModes));
    }

    http::Method any_method() {
        if (draw(20) == 0) return http::Method::Delete;
        return draw(6) == 0 ? http::Method::Head : http::Method::Get;
    }

    static Whose whose_of_call(const Call& call) {
        const auto& common = *call.profile->headers();
        Whose whose;
        whose.identity = call.options->identity;
        whose.target = call.target;
        whose.language = common.find("Accept-Language").value_or("en");
        if (varies_by_agent(call.target)) {
            whose.agent = common.find("User-Agent").value_or("");
        }
        return whose;
    }

    /// Notes what is asked, and what it makes of promises.
    Witness::Asked expect(const Call& call) {
        auto whose = whose_of_call(call);
        const auto mode = call.options->cache_mode;
        if (mode == CacheMode::Reload) promises_.drop(whose, call.method);
        if (mode == CacheMode::NoStore) unwritten_.insert(whose.target);
        return {std::move(whose), call.method, mode};
    }

    void tell_of(const Call& call) {
        story_ << "    method " << static_cast<int>(call.method) << " mode "
               << static_cast<int>(call.options->cache_mode) << ' '
               << whose_of_call(call).text() << '\n';
    }

    void ask_one() {
        auto call = any_call(any_method());
        const auto tag = ++last_tag_;
        witness_->asked[tag] = {expect(call)};
        story_ << "ask " << tag << '\n';
        tell_of(call);
        const auto patience = one_of<base::Duration>({2s, 30s, 300s});
        dispatcher_->submit(std::move(call),
                            {.tag = tag,
                             .receiver = witness_,
                             .asked_at = clock_.now(),
                             .deadline = clock_.now() + patience});
    }

    void ask_batch() {
        const auto tag = ++last_tag_;
        story_ << "batch " << tag << '\n';
        std::vector<base::Result<Call>> items;
        for (auto left = 2 + draw(6); left > 0; --left) {
            auto call = any_call(http::Method::Get);
            tell_of(call);
            witness_->asked[tag].push_back(expect(call));
            items.emplace_back(std::move(call));
        }
        dispatcher_->enter(std::make_shared<Batch>(
            tag, witness_, std::move(items), Batch::Settings{.at_once = 3}));
    }

    void cancel_any() {
        if (last_tag_ == 0) return;
        const auto tag =
            last_tag_ - draw(static_cast<unsigned>(std::min<Tag>(12, last_tag_)));
        story_ << "cancel " << tag << '\n';
        dispatcher_->cancel(tag);
    }

    // ------------------------------------------------------------- what is answered

    void answer_any() {
        if (under_way() == 0) return;
        const auto which = draw(static_cast<unsigned>(under_way()));
        const auto& started = transport_->open()[which];
        const auto whose = whose_of(started.request, profile_->base_url());
        const auto manner = any_manner();
        auto reply = esi_.reply(started.request, whose, clock_.wall_now(), manner);
        story_ << "answer " << reply.status << ' '
               << static_cast<int>(started.request.method) << ' ' << manner.lifetime
               << ' ' << manner.cache_control << ' ' << whose.text() << '\n';
        promise(started.request.method, whose, manner);
        transport_->end(started.id, std::move(reply));
    }

    SpeakingEsi::Manner any_manner() {
        static const std::vector<int> failures = {500, 502, 503, 403, 404};
        static const std::vector<int> lifetimes = {0, 5, 60, 300};
        static const std::vector<std::string_view> controls = {
            "public",
            "public",
            "public",
            "no-store",
            "must-revalidate",
            "no-cache",
            "private",
            "stale-while-revalidate=20",
            "stale-if-error=100"};
        return {.status = draw(5) == 0 ? one_of(failures) : 200,
                .lifetime = one_of(lifetimes),
                .cache_control = one_of(controls)};
    }

    void promise(http::Method method,
                 const Whose& whose,
                 const SpeakingEsi::Manner& manner) {
        if (method == http::Method::Delete) {
            if (manner.status == 200) promises_.drop_target(whose.target);
            return;
        }
        if (method == http::Method::Head) promises_.drop(whose, http::Method::Get);
        promises_.drop(whose, method);
        if (manner.status == 200) promise_content(method, whose, manner);
        const bool refused = manner.status == 403 || manner.status == 404;
        const bool forbidden = manner.cache_control.starts_with("no-");
        if (refused && !forbidden && keeps_in_memory()) {
            promises_.set(whose, method, {clock_.now() + 60s});
        }
    }

    void promise_content(http::Method method,
                         const Whose& whose,
                         const SpeakingEsi::Manner& manner) {
        if (manner.cache_control.starts_with("no-")) return;
        const bool is_written =
            tiers_ != Tiers::Memory && !unwritten_.contains(whose.target);
        if (!keeps_in_memory() && !is_written) return;
        const auto until = clock_.now() + std::chrono::seconds{manner.lifetime};
        promises_.set(whose, method, {until, is_written});
    }

    void lose_any() {
        if (under_way() == 0) return;
        const auto which = draw(static_cast<unsigned>(under_way()));
        story_ << "lose\n";
        transport_->end(
            transport_->open()[which].id,
            fakes::FakeTransport::failure(base::ErrorKind::ConnectionLost, 1));
    }

    void tell_late() {
        if (!late_ || !late_->is_asked()) return;
        story_ << "tell\n";
        late_->tell_any(static_cast<unsigned>(chance_()));
    }

    void tell_all() {
        while (late_ && late_->is_asked()) {
            late_->tell(0);
            turn();
        }
    }

    // ------------------------------------------------------------- what happens else

    void change_any() {
        const auto call = any_call(http::Method::Get);
        story_ << "change " << whose_of_call(call).text() << '\n';
        esi_.change(whose_of_call(call));
    }

    void turn_time() {
        const auto length = one_of<base::Duration>(
            {100ms, 100ms, 100ms, 1s, 1s, 6s, 6s, 31s, 61s, 400s});
        story_ << "time " << length / 1ms << "ms\n";
        // A tier that is not heard of for a second has nothing, and ESI is asked.
        if (late_ && late_->is_asked()) {
            if (draw(2) == 0) {
                tell_all();
            } else {
                promises_.clear();
            }
        }
        turn_clock(length);
    }

    void forget() {
        Selection which;
        switch (draw(3)) {
            case 0:
                which.identity = draw(2) == 0 ? "alice" : "bob";
                promises_.drop_identity(*which.identity);
                break;
            case 1:
                which.glob = "*/" + std::to_string(draw(4));
                promises_.drop_target("/universe/systems" + which.glob->substr(1));
                break;
            default: promises_.clear(); break;
        }
        story_ << "forget " << which.identity.value_or("") << which.glob.value_or("")
               << '\n';
        used_->erase_if([which](std::string_view key) { return which.matches(key); });
    }

    /// As a process that ends, and another one on the same file.
    void begin_anew() {
        if (draw(6) > 0) return;
        story_ << "begin anew\n";
        dispatcher_->close();
        turn();
        tell_all();
        dispatcher_.reset();
        if (tiers_ == Tiers::Memory) {
            store_->clear();
        } else {
            file_->close();
            open_store();
        }
        promises_.drop_unwritten();
        begin();
    }

    void take_step() {
        static const std::vector<Step> steps = {
            &Schedule::ask_one,    &Schedule::ask_one,    &Schedule::ask_one,
            &Schedule::ask_one,    &Schedule::ask_one,    &Schedule::ask_one,
            &Schedule::answer_any, &Schedule::answer_any, &Schedule::answer_any,
            &Schedule::answer_any, &Schedule::answer_any, &Schedule::answer_any,
            &Schedule::answer_any, &Schedule::ask_batch,  &Schedule::cancel_any,
            &Schedule::tell_late,  &Schedule::tell_late,  &Schedule::tell_late,
            &Schedule::tell_late,  &Schedule::tell_late,  &Schedule::tell_late,
            &Schedule::lose_any,   &Schedule::change_any, &Schedule::turn_time,
            &Schedule::turn_time,  &Schedule::forget,     &Schedule::begin_anew};
        (this->*one_of(steps))();
        // What comes at once meets what has not been looked at.
        if (draw(3) > 0) turn();
    }

    void end_all() {
        for (int round = 0; round < 1000 && !dispatcher_->is_idle(); ++round) {
            tell_all();
            while (under_way() > 0) {
                answer_any();
                turn();
            }
            tell_all();
            turn_clock(10s);
        }
        for (const auto& [tag, items] : witness_->asked) {
            EXPECT_EQ(witness_->told[tag], 1) << "request " << tag;
        }
        EXPECT_TRUE(dispatcher_->is_idle());
        EXPECT_EQ(dispatcher_->upstreams().statistics().in_flight, 0U);
    }

    std::mt19937 chance_;
    Tiers tiers_;
    std::string path_;
    std::vector<std::shared_ptr<const Profile>> others_;
    std::shared_ptr<cache::DiskStore> file_;
    std::shared_ptr<LateStore> late_;
    std::shared_ptr<cache::Store> used_;
    std::shared_ptr<Witness> witness_ = std::make_shared<Witness>();
    SpeakingEsi esi_;
    Promises promises_;
    std::set<std::string> unwritten_;
    std::ostringstream story_;
};

struct Runs {
    const char* name;
    Tiers tiers;
    unsigned seeds;
};

class Interleaving : public testing::TestWithParam<Runs> {};

// Jitter of retries is drawn elsewhere, so that a seed may, rarely, tell another story.
TEST_P(Interleaving, WhoAsksIsToldWhatIsHisOwnOnceAndNobodyAsksEarly) {
    constexpr int kSteps = 250;
    const cache::TemporaryFolder folder;
    std::map<Source, int> by_source;
    std::uint64_t coalesced = 0;
    for (unsigned seed = 1; seed <= GetParam().seeds; ++seed) {
        Schedule schedule{seed, GetParam().tiers, folder.path(std::to_string(seed))};
        schedule.run(kSteps);
        schedule.count(by_source);
        coalesced += schedule.coalesced();
        if (HasFailure()) FAIL() << "seed " << seed << '\n' << schedule.story();
    }
    // The schedules reach what they are for.
    for (const auto source :
         {Source::Network, Source::Fresh, Source::Revalidated, Source::Stale}) {
        EXPECT_GT(by_source[source], static_cast<int>(GetParam().seeds) / 2);
    }
    EXPECT_GT(coalesced, GetParam().seeds);
}

INSTANTIATE_TEST_SUITE_P(Over,
                         Interleaving,
                         testing::Values(Runs{"Memory", Tiers::Memory, 200},
                                         Runs{"File", Tiers::File, 40},
                                         Runs{"Stack", Tiers::Stack, 40}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace pyesi::engine

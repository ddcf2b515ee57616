// Whatever is asked, answered, lost and cancelled in any order, over upstreams that
// come and go: each who asks is told once and in time, a token is seen by trusted
// upstreams alone and by one of them, and what is not to be repeated is not.

#include "engine/engine_stage.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <set>
#include <sstream>

namespace pyesi::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;

/// One schedule: what happens next is drawn.
class UpstreamSchedule final : public EngineStage {
public:
    explicit UpstreamSchedule(unsigned seed) : chance_{seed} {
        config_.max_in_flight = 1 + static_cast<int>(draw(6));
        config_.retry = {
            .max_attempts = 1 + static_cast<int>(draw(4)), .base = 100ms, .cap = 1s};
        config_.breaker.failures_in_a_row = draw(4);
        config_.breaker.recovery_timeout = std::chrono::seconds{1 + draw(10)};
        profile_ = make_client();
        auto transport = std::make_unique<fakes::FakeTransport>(
            [this] { boost::asio::post(loop_, [this] { transport_->deliver(); }); });
        dispatcher_->close();
        turn();
        transport_ = transport.get();
        transport_->answer = [this](const transport::TransferRequest& request) {
            look_at_sent(request);
            return std::nullopt;
        };
        dispatcher_ = std::make_unique<Dispatcher>(Dispatcher::Parts{
            loop_, config_, clock_, metrics_, store_, std::move(transport)});
    }

    void run(int steps) {
        for (int step = 0; step < steps && !HasFailure(); ++step) {
            take_step();
            look_at_deadlines();
        }
        end_all();
    }

    std::string story() const { return story_.str(); }

private:
    void TestBody() override {}

    unsigned draw(unsigned count) { return static_cast<unsigned>(chance_() % count); }

    std::shared_ptr<const Profile> make_client() {
        static int number = 0;
        ProfileSettings settings{.base_url = {},
                                 .user_agent = "test/1.0",
                                 .compatibility_date = "2026-08-18",
                                 .language = "en",
                                 .tenant = "tranquility"};
        auto& set = settings.upstreams;
        const auto suffix = std::to_string(++number) + ".invalid";
        for (unsigned place = 0; place < 2 + draw(3); ++place) {
            const auto url = "https://drawn" +
                             std::string(1, static_cast<char>('a' + place)) + suffix;
            set.members.push_back({.base_url = url,
                                   .origin = url,
                                   .weight = 1.0 + draw(4),
                                   .trusted = place == 0 || draw(2) == 0});
            if (set.members.back().trusted) trusted_.insert(url);
        }
        set.balancing = static_cast<scheduler::Balancing>(draw(6));
        if (draw(2) == 0) set.check = HealthCheck{.path = "/health", .interval = 3s};
        settings.base_url = set.members.front().base_url;
        return std::make_shared<const Profile>(std::move(settings), shipped_routes());
    }

    // ------------------------------------------------------------- what is seen

    static std::string origin_of(const transport::TransferRequest& request) {
        return http::origin(*http::parse_url(request.url));
    }

    static bool is_check(const transport::TransferRequest& request) {
        return request.url.ends_with("/health");
    }

    /// What names a request that nobody shares: its target, or its body.
    static std::string name_of(const transport::TransferRequest& request) {
        if (request.has_body) return std::string{request.body.view()};
        return http::parse_url(request.url)->target;
    }

    void look_at_sent(const transport::TransferRequest& request) {
        const auto origin = origin_of(request);
        story_ << "    sent to " << request.url << '\n';
        const bool has_token = request.headers.find("Authorization").has_value();
        EXPECT_FALSE(is_check(request) && has_token);
        if (has_token) {
            EXPECT_TRUE(trusted_.contains(origin)) << origin;
        }
        if (!has_token && !request.has_body) return;
        auto& home = homes_[name_of(request)];
        if (home.empty()) home = origin;
        EXPECT_EQ(home, origin) << name_of(request);
        EXPECT_FALSE(left_.contains(name_of(request))) << "sent twice";
    }

    void look_at_deadlines() {
        for (const auto& [tag, deadline] : deadlines_) {
            // The clock goes on by itself between two looks.
            if (deadline + 1s > clock_.now()) continue;
            EXPECT_TRUE(has_ended(tag)) << tag << " waits beyond its deadline";
        }
        std::map<std::string, int> in_flight;
        for (const auto& one : transport_->open()) {
            if (!is_check(one.request)) ++in_flight[origin_of(one.request)];
        }
        for (const auto& [origin, count] : in_flight) {
            EXPECT_LE(count, config_.max_in_flight) << origin;
        }
    }

    // ------------------------------------------------------------- what happens

    void take_step() {
        switch (draw(12)) {
            case 0:
            case 1:
            case 2: ask_one(system_call(static_cast<int>(draw(50)))); break;
            case 3:
                ask_one(as(system_call(static_cast<int>(1000 + last_tag_)), "me"));
                break;
            case 4: ask_one(drawn_post()); break;
            case 5:
            case 6:
            case 7:
            case 8: end_one(); break;
            case 9: cancel_one(); break;
            case 10: dispatcher_->set_emergency(draw(4) == 0); break;
            default: wait();
        }
    }

    Call drawn_post() {
        auto call = post_call();
        auto options = std::make_shared<Options>(*call.options);
        options->body = base::Bytes{"[" + std::to_string(last_tag_) + "]"};
        call.options = std::move(options);
        return call;
    }

    void ask_one(Call call) {
        story_ << "ask " << call.target << '\n';
        const auto deadline = clock_.now() + kPatience;
        const auto tag = ask(std::move(call), kPatience);
        deadlines_[tag] = deadline;
    }

    void end_one() {
        if (under_way() == 0) return;
        const auto count = static_cast<unsigned>(under_way());
        const auto& one = transport_->open()[draw(count)];
        const auto id = one.id;
        // Each upstream has good days and bad ones.
        const auto day =
            std::hash<std::string>{}(origin_of(one.request)) +
            static_cast<std::size_t>(clock_.now().time_since_epoch() / 20s);
        const bool is_bad = day % 3 == 0;
        const auto name = name_of(one.request);
        const bool counts = one.request.has_body;
        if (is_bad && draw(4) > 0) {
            end_badly(id, counts ? name : std::string{});
        } else {
            story_ << "answer " << one.request.url << '\n';
            transport_->end(id, reply({.lifetime = static_cast<int>(draw(20))}));
        }
        turn();
    }

    void end_badly(transport::TransferId id, const std::string& not_repeatable) {
        static const std::vector<int> statuses = {500, 502, 503, 504, 429, 420, 404};
        const auto how = draw(4);
        story_ << "fail " << how << '\n';
        if (how == 0) {
            transport_->end(
                id, fakes::FakeTransport::failure(base::ErrorKind::ConnectFailed, 0));
            return;
        }
        if (!not_repeatable.empty()) left_.insert(not_repeatable);
        if (how == 1) {
            transport_->end(
                id, fakes::FakeTransport::failure(base::ErrorKind::ConnectionLost, 1));
            return;
        }
        transport_->end(id,
                        reply({.status = statuses[draw(7)],
                               .lifetime = -1,
                               .extra_name = "Retry-After",
                               .extra_value = std::to_string(draw(40))}));
    }

    void cancel_one() {
        if (last_tag_ == 0) return;
        dispatcher_->cancel(1 + draw(static_cast<unsigned>(last_tag_)));
        turn();
    }

    void wait() {
        const auto length = std::chrono::milliseconds{1 + draw(4000)};
        story_ << "wait " << length.count() << '\n';
        turn_clock(length);
    }

    /// All is well: whoever still waits gets an answer, or is told when his time is up.
    void end_all() {
        dispatcher_->set_emergency(false);
        for (int round = 0; round < 400; ++round) {
            for (auto left = under_way(); left > 0; --left) {
                transport_->end_oldest(reply({}));
                turn();
            }
            turn_clock(100ms);
        }
        for (const auto& [tag, deadline] : deadlines_) {
            EXPECT_EQ(ledger_->told[tag], 1) << tag;
        }
        const auto statistics = dispatcher_->upstreams().statistics();
        EXPECT_EQ(statistics.in_flight, 0U);
        for (const auto& upstream : statistics.upstreams) {
            EXPECT_EQ(upstream.waiting, 0U) << upstream.origin;
            EXPECT_EQ(upstream.in_flight, 0U) << upstream.origin;
        }
    }

    std::mt19937 chance_;
    std::set<std::string> trusted_;
    std::map<std::string, std::string> homes_;  // origins by what is not to be repeated
    std::set<std::string> left_;                // what may have been done
    std::map<Tag, base::TimePoint> deadlines_;
    std::ostringstream story_;
};

class UpstreamSchedules : public ::testing::TestWithParam<unsigned> {};

TEST_P(UpstreamSchedules, KeepTheirLaws) {
    for (unsigned seed = 0; seed < 10; ++seed) {
        UpstreamSchedule schedule{GetParam() * 1000 + seed};
        schedule.run(400);
        if (HasFailure()) {
            FAIL() << "seed " << GetParam() * 1000 + seed << '\n' << schedule.story();
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Over, UpstreamSchedules, ::testing::Range(0U, 8U));

}  // namespace
}  // namespace pyesi::engine

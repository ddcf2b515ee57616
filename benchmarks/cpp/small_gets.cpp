// Small GETs through the engine alone, without Python: what the crossing is held
// against, and what callgrind counts.
//
//   small_gets URL warm|cold COUNT
//
// Prints JSON: CPU and time for each, after a first thousand if it is to be warm.

#include "catalog/unchecked_route.h"
#include "engine/engine.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace pyesi;  // NOLINT

constexpr int kAtOnce = 64;
constexpr int kWarmUp = 1000;
constexpr std::size_t kLeastBody = 900;

/// Gives the end of one batch to the thread that waits for it.
///
/// Thread-safe.
class BatchSink final : public engine::CompletionSink {
public:
    std::future<engine::BatchEnd> end() { return end_.get_future(); }

    void on_batch_end(engine::Tag /*tag*/, engine::BatchEnd&& end) noexcept override {
        end_.set_value(std::move(end));
    }

    void on_end(engine::Tag /*tag*/,
                base::Result<engine::Answer>&& /*end*/) noexcept override {}
    void on_sweep_end(engine::Tag /*tag*/,
                      base::Result<engine::SweepEnd>&& /*end*/) noexcept override {}
    void on_sweep_answer(engine::Tag /*tag*/,
                         engine::Answer&& /*answer*/) noexcept override {}
    void on_progress(engine::Tag /*tag*/,
                     std::size_t /*done*/,
                     std::size_t /*total*/) noexcept override {}
    void on_page(engine::Tag /*tag*/,
                 std::size_t /*index*/,
                 engine::Answer&& /*page*/,
                 std::size_t /*bytes*/) noexcept override {}

private:
    std::promise<engine::BatchEnd> end_;
};

/// Asks one server for the types by their numbers, no number twice.
class TypeReader {
public:
    explicit TypeReader(std::string base_url)
        : engine_{make_config(), {}},
          profile_{std::make_shared<engine::Profile>(
              engine::ProfileSettings{
                  .base_url = std::move(base_url),
                  .user_agent = "pyesi-benchmarks/1.0 (bench@example.com)",
                  .compatibility_date = "2026-08-18",
                  .language = "en",
                  .tenant = "tranquility"},
              nullptr)},
          route_{make_route()} {}

    /// Throws std::runtime_error if an answer is not the one expected.
    void read(int count) {
        std::vector<base::Result<engine::Call>> asked;
        asked.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) asked.emplace_back(next_call());
        const auto sink = std::make_shared<BatchSink>();
        auto end = sink->end();
        engine_.submit_batch(
            std::move(asked), {.at_once = kAtOnce, .tells_progress = false}, sink);
        for (const auto& result : end.get().results) check(result);
    }

private:
    static engine::EngineConfig make_config() {
        engine::EngineConfig config;
        config.max_in_flight = kAtOnce;
        config.cache_enabled = false;
        return config;
    }

    static std::shared_ptr<const catalog::Route> make_route() {
        auto route =
            catalog::make_unchecked_route(http::Method::Get, "/universe/types/{id}", 0);
        return std::make_shared<const catalog::Route>(std::move(route).value());
    }

    static void check(const base::Result<engine::Answer>& answer) {
        if (!answer) throw std::runtime_error{answer.failure().message};
        const auto size = answer->entry->response.body.decoded_size;
        if (answer->status() != 200 || size < kLeastBody) {
            throw std::runtime_error{"an answer is not the one expected"};
        }
    }

    engine::Call next_call() {
        return {.profile = profile_,
                .route = route_,
                .options = nullptr,
                .target = "/universe/types/" + std::to_string(++last_type_),
                .method = http::Method::Get};
    }

    engine::Engine engine_;
    std::shared_ptr<const engine::Profile> profile_;
    std::shared_ptr<const catalog::Route> route_;
    int last_type_ = 0;
};

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void measure(TypeReader& reader, int count) {
    const auto began = std::chrono::steady_clock::now();
    const auto before = cpu_seconds();
    reader.read(count);
    const auto cpu = cpu_seconds() - before;
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
    std::printf(R"({"cpu_us": %.3f, "wall_us": %.3f, "per_second": %.1f})"
                "\n",
                cpu / count * 1e6,
                wall.count() / count * 1e6,
                count / wall.count());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: small_gets URL warm|cold COUNT\n", stderr);
        return 2;
    }
    try {
        TypeReader reader{argv[1]};
        if (std::strcmp(argv[2], "warm") == 0) reader.read(kWarmUp);
        measure(reader, std::stoi(argv[3]));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "small_gets: %s\n", error.what());
        return 1;
    }
    return 0;
}

// Hits in the tier in Redis, one after the other, asked from another thread.
//
//   redis_look_ups PORT COUNT
//
// Prints JSON: time and CPU for each.

#include "base/clock.h"
#include "cache/cache_key.h"
#include "cache/entry.h"
#include "cache/redis_store.h"

#include <sys/resource.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace pyesi;  // NOLINT

// As a page of the answers that are asked for most often.
constexpr std::size_t kBody = 1000;

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) +
               static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

cache::EntryPtr make_answer(const base::Clock& clock) {
    http::Response response;
    response.status = 200;
    response.headers.append("Cache-Control", "max-age=3600");
    response.headers.append("ETag", "\"0123456789abcdef\"");
    const std::string body(kBody, 'x');
    response.body = {base::Bytes{body}, {}, body.size()};
    return cache::make_entry(std::move(response),
                             {.received_at = clock.now(),
                              .lifetime_facts = {.received_wall = clock.wall_now()}});
}

bool is_hit(cache::RedisStore& store, const cache::CacheKey& key, base::TimePoint now) {
    std::promise<bool> told;
    store.look_up(key, now, [&](const cache::EntryPtr& found) {
        told.set_value(found != nullptr);
    });
    return told.get_future().get();
}

void measure(cache::RedisStore& store, const base::Clock& clock, int count) {
    const auto key = cache::make_key("r0-1:v/universe/types/34");
    store.store(key, make_answer(clock));
    for (int warm = 0; warm < 100; ++warm) is_hit(store, key, clock.now());
    const auto began = std::chrono::steady_clock::now();
    const auto cpu = cpu_seconds();
    for (int done = 0; done < count; ++done) {
        if (!is_hit(store, key, clock.now())) throw std::runtime_error{"a miss"};
    }
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
    std::printf("{\"wall_us\": %.3f, \"cpu_us\": %.3f}\n",
                wall.count() / count * 1e6,
                (cpu_seconds() - cpu) / count * 1e6);
}

}  // namespace

int main(int argument_count, char** arguments) try {
    if (argument_count != 3) {
        std::fputs("redis_look_ups PORT COUNT\n", stderr);
        return 2;
    }
    boost::asio::io_context loop{1};
    auto work = boost::asio::make_work_guard(loop);
    std::thread network{[&] { loop.run(); }};
    const base::Clock clock;
    {
        cache::RedisStore::Settings settings;
        settings.address.host = "127.0.0.1";
        settings.address.port = static_cast<std::uint16_t>(std::stoi(arguments[1]));
        cache::RedisStore store{loop, settings, clock};
        store.start();
        measure(store, clock, std::stoi(arguments[2]));
    }
    loop.stop();
    network.join();
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "redis_look_ups: %s\n", error.what());
    return 1;
}

// What an attempt costs: its head, its place, and the whole way over the network.
//
// The last needs a server that is worth measuring against, so it runs only where
// PYESI_BENCH_URL names one, as nginx on loopback with a small JSON file, and
// PYESI_BENCH_CA its authority if it speaks TLS. Its CPU time is the whole cost of
// the client; under callgrind, run twice with different --benchmark_min_time, it
// gives the instructions of a request.

#include "transport/connection_pool.h"
#include "transport/curl_transport.h"
#include "transport/header_reader.h"

#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace pyesi;             // NOLINT
using namespace pyesi::transport;  // NOLINT

constexpr std::array<std::string_view, 15> kHead{
    "HTTP/1.1 200 OK\r\n",
    "Date: Wed, 30 Sep 2026 15:57:00 GMT\r\n",
    "Content-Type: application/json; charset=UTF-8\r\n",
    "Content-Length: 37012\r\n",
    "Connection: keep-alive\r\n",
    "Cache-Control: public\r\n",
    "Content-Encoding: gzip\r\n",
    "ETag: \"bbf2416fb1cda2a3eb616d04d009396b2aabc497bb6091072ba1d3cf\"\r\n",
    "Expires: Wed, 30 Sep 2026 16:02:00 GMT\r\n",
    "Last-Modified: Wed, 30 Sep 2026 15:57:00 GMT\r\n",
    "X-Pages: 412\r\n",
    "X-Ratelimit-Group: market-order\r\n",
    "X-Ratelimit-Remaining: 11998\r\n",
    "X-Esi-Request-Id: ab1f2c3d-4e5f-6789-abcd-ef0123456789\r\n",
    "\r\n",
};

void read_a_head(benchmark::State& state) {
    HeaderReader reader{std::size_t{64} << 10U};
    for (auto _ : state) {
        reader.restart();
        for (const auto line : kHead) benchmark::DoNotOptimize(reader.on_line(line));
        auto headers = reader.take();
        benchmark::DoNotOptimize(headers);
    }
}
BENCHMARK(read_a_head);

void take_a_place_in_the_pool(benchmark::State& state) {
    ConnectionPool pool{TransportSettings{}};
    auto& lane = pool.lane("http://127.0.0.1:8080");
    for (auto _ : state) {
        benchmark::DoNotOptimize(pool.has_room(lane));
        pool.on_started(lane);
        pool.on_first_sent(lane);
        pool.on_reused(lane);
        pool.on_ended(lane, true);
    }
}
BENCHMARK(take_a_place_in_the_pool);

/// Keeps so many requests under way as it was told.
class Load {
public:
    Load(std::string url, TransportSettings settings)
        : url_{std::move(url)}, transport_{loop_, std::move(settings)} {
        auto common = std::make_shared<http::Headers>();
        common->append("User-Agent", "pyesi-benchmark/1.0 (me@example.com)");
        common->append("Accept-Encoding", "gzip, br, zstd");
        common->append("X-Compatibility-Date", "2026-08-18");
        common_ = std::move(common);
    }

    void start() {
        TransferRequest request;
        request.url = url_;
        request.common_headers = common_;
        transport_.start(std::move(request), {&Load::on_end, this});
    }

    /// Waits for the next end. False if one was no answer of 200.
    bool wait_for_one() {
        while (told_ == ended_) loop_.run_one();
        ++told_;
        return failed_ == 0;
    }

private:
    static void on_end(void* self, TransferId /*id*/, TransferEnd&& end) noexcept {
        auto& load = *static_cast<Load*>(self);
        ++load.ended_;
        const auto* reply = std::get_if<TransferReply>(&end);
        if (reply == nullptr || reply->status != 200) ++load.failed_;
        if (load.failed_ == 0) load.start();
    }

    std::string url_;
    std::shared_ptr<const http::Headers> common_;
    std::size_t ended_ = 0;
    std::size_t told_ = 0;
    std::size_t failed_ = 0;
    boost::asio::io_context loop_{1};
    CurlTransport transport_;  // last, so that it goes first: it tells of its ends
};

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? "" : value;
}

void get_from_a_server(benchmark::State& state) {
    TransportSettings settings;
    settings.ca_file = from_environment("PYESI_BENCH_CA");
    Load load{from_environment("PYESI_BENCH_URL"), settings};
    for (std::int64_t i = 0; i < state.range(0); ++i) load.start();
    // The connections are made before the clock runs.
    for (std::int64_t i = 0; i < 2 * state.range(0); ++i) load.wait_for_one();
    for (auto _ : state) {
        if (!load.wait_for_one()) {
            state.SkipWithError("the server did not answer with 200");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations());
}

// NOLINTNEXTLINE(bugprone-throwing-static-initialization): as BENCHMARK itself does
[[maybe_unused]] const bool has_server = [] {
    if (from_environment("PYESI_BENCH_URL").empty()) return false;
    benchmark::RegisterBenchmark("get_from_a_server", get_from_a_server)
        ->Arg(1)
        ->Arg(64)
        ->MeasureProcessCPUTime()
        ->UseRealTime();
    return true;
}();

}  // namespace

#include "http/cache_control.h"
#include "http/content_coding.h"
#include "http/headers.h"
#include "http/http_date.h"

#include <benchmark/benchmark.h>

#include <array>
#include <random>
#include <string>

namespace pyesi::http {
namespace {

struct Field {
    std::string_view name;
    std::string_view value;
};

// What ESI sends with a page of orders.
constexpr std::array<Field, 14> kFields{{
    {"Date", "Sun, 01 Nov 2026 12:00:00 GMT"},
    {"Content-Type", "application/json; charset=utf-8"},
    {"Content-Length", "37412"},
    {"Connection", "keep-alive"},
    {"Cache-Control", "public, max-age=300, must-revalidate, stale-if-error=900"},
    {"Content-Encoding", "gzip"},
    {"ETag", "W/\"1dd1c4a2a2d34b3a4b2b46f2ac7f0b1e9e5b07c0f8b3a1d6e4c2b5a7\""},
    {"Expires", "Sun, 01 Nov 2026 12:05:00 GMT"},
    {"Last-Modified", "Sun, 01 Nov 2026 11:59:58 GMT"},
    {"Vary", "Accept-Encoding"},
    {"X-Compatibility-Date", "2026-08-18"},
    {"X-Pages", "411"},
    {"X-Esi-Error-Limit-Remain", "100"},
    {"X-Esi-Error-Limit-Reset", "42"},
}};

void fill(Headers& headers) {
    for (const auto& field : kFields) headers.append(field.name, field.value);
}

/// A page of 1,000 orders, 246 kB or so, that shrinks as ESI's do.
std::string orders() {
    std::mt19937_64 random{1};
    const auto draw = [&](std::uint64_t end) { return std::to_string(random() % end); };
    std::string page = "[";
    for (int order = 0; order < 1000; ++order) {
        if (order > 0) page += ',';
        page += R"({"duration":90,"is_buy_order":)";
        page += random() % 2 == 0 ? "true" : "false";
        page += R"(,"issued":"2026-10-)" + std::to_string(10 + random() % 20) + "T" +
                std::to_string(10 + random() % 14) + ":" +
                std::to_string(10 + random() % 50) + R"(:00Z","location_id":60003760)";
        page += R"(,"min_volume":1,"order_id":6)" + draw(1'000'000'000);
        page += R"(,"price":)" + draw(10'000'000) + R"(.0,"range":"region")";
        page += R"(,"system_id":30000142,"type_id":)" + draw(60'000);
        page += R"(,"volume_remain":)" + draw(5000) + R"(,"volume_total":5000})";
    }
    return page + "]";
}

void append_headers(benchmark::State& state) {
    for (auto _ : state) {
        Headers headers;
        fill(headers);
        benchmark::DoNotOptimize(headers);
    }
}
BENCHMARK(append_headers);

void append_headers_reserved(benchmark::State& state) {
    for (auto _ : state) {
        Headers headers;
        headers.reserve(16, 1024);
        fill(headers);
        benchmark::DoNotOptimize(headers);
    }
}
BENCHMARK(append_headers_reserved);

void find_last_header(benchmark::State& state) {
    Headers headers;
    fill(headers);
    for (auto _ : state)
        benchmark::DoNotOptimize(headers.find("x-esi-error-limit-reset"));
}
BENCHMARK(find_last_header);

void find_missing_header(benchmark::State& state) {
    Headers headers;
    fill(headers);
    for (auto _ : state) benchmark::DoNotOptimize(headers.find("retry-after"));
}
BENCHMARK(find_missing_header);

void set_header(benchmark::State& state) {
    Headers headers;
    fill(headers);
    for (auto _ : state) headers.set("expires", "Sun, 01 Nov 2026 12:10:00 GMT");
}
BENCHMARK(set_header);

void parse_date(benchmark::State& state) {
    const std::string text = "Sun, 01 Nov 2026 12:05:00 GMT";
    for (auto _ : state) benchmark::DoNotOptimize(parse_http_date(text));
}
BENCHMARK(parse_date);

void format_date(benchmark::State& state) {
    const auto now = std::chrono::system_clock::now();
    for (auto _ : state) benchmark::DoNotOptimize(format_http_date(now));
}
BENCHMARK(format_date);

void parse_directives(benchmark::State& state) {
    Headers headers;
    fill(headers);
    for (auto _ : state) benchmark::DoNotOptimize(parse_cache_control(headers));
}
BENCHMARK(parse_directives);

void decode_orders(benchmark::State& state) {
    const auto plain = orders();
    const auto coded = compress_gzip(plain, static_cast<int>(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(decode(ContentCoding::Gzip, coded.view()));
    }
    state.SetBytesProcessed(state.iterations() *
                            static_cast<std::int64_t>(plain.size()));
    state.counters["coded"] = static_cast<double>(coded.size());
    state.counters["plain"] = static_cast<double>(plain.size());
}
BENCHMARK(decode_orders)->Arg(1)->Arg(6);

void compress_orders(benchmark::State& state) {
    const auto plain = orders();
    for (auto _ : state) benchmark::DoNotOptimize(compress_gzip(plain));
    state.SetBytesProcessed(state.iterations() *
                            static_cast<std::int64_t>(plain.size()));
}
BENCHMARK(compress_orders);

}  // namespace
}  // namespace pyesi::http

// What a hit costs: the key, the look-up, the decision, a body that is kept compressed,
// a tier in a file; and what a 304 costs.

#include "base/clock.h"
#include "cache/cache_key.h"
#include "cache/disk_store.h"
#include "cache/memory_store.h"
#include "cache/reuse.h"
#include "cache/revalidation.h"
#include "http/content_coding.h"

#include <benchmark/benchmark.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace pyesi;  // NOLINT
using namespace std::chrono_literals;

constexpr base::TimePoint kNow{1000h};
constexpr std::size_t kManyEntries = 100'000;
constexpr std::string_view kTarget =
    "/markets/10000002/orders?order_type=all&page=000007";

std::string variant() {
    return cache::variant_text({.origin = "https://esi.evetech.net",
                                .compatibility_date = "2026-08-18",
                                .tenant = "tranquility",
                                .language = "en",
                                .identity = ""});
}

// The page's number as six digits at the end of a key's text.
void write_page(std::string& text, std::size_t page) {
    for (auto digit = text.rbegin(); digit != text.rbegin() + 6; ++digit) {
        *digit = static_cast<char>('0' + page % 10);
        page /= 10;
    }
}

std::string key_text(std::size_t page) {
    static const std::string held = variant();
    std::string text;
    cache::append_key(text, {.variant = held, .target = kTarget});
    write_page(text, page);
    return text;
}

http::Headers headers_of_orders() {
    http::Headers headers;
    headers.append("date", "Wed, 30 Sep 2026 15:57:00 GMT");
    headers.append("content-type", "application/json; charset=UTF-8");
    headers.append("content-encoding", "gzip");
    headers.append("content-length", "37012");
    headers.append("cache-control", "public");
    headers.append("etag",
                   "\"bbf2416fb1cda2a3eb616d04d009396b2aabc497bb6091072ba1d3cf\"");
    headers.append("expires", "Wed, 30 Sep 2026 16:01:57 GMT");
    headers.append("last-modified", "Wed, 30 Sep 2026 15:56:57 GMT");
    headers.append("vary", "Accept-Encoding");
    headers.append("x-pages", "405");
    headers.append("x-esi-request-id", "0f6d4b4e-7a3e-4c6f-9a71-0f9f5f3c2b11");
    headers.append("x-ratelimit-remaining", "11998");
    return headers;
}

cache::Arrival arrival() {
    return {.received_at = kNow,
            .lifetime_facts = {.received_wall = base::WallTime{1'790'784'000s}}};
}

cache::EntryPtr page_of_orders(std::size_t size = 1000) {
    const base::Bytes body{std::string(size, 'x')};
    return cache::make_entry({200, headers_of_orders(), {body, {}, size}}, arrival());
}

std::unique_ptr<cache::MemoryStore> filled_store(std::size_t entries) {
    auto store = std::make_unique<cache::MemoryStore>(cache::MemoryStore::Settings{
        .max_entries = 2 * entries + 1000, .max_bytes = 1U << 30U});
    for (std::size_t page = 0; page < entries; ++page) {
        store->store(cache::make_key(key_text(page)), page_of_orders());
    }
    return store;
}

void key_build(benchmark::State& state) {
    const auto held = variant();
    std::string text;
    for ([[maybe_unused]] const auto turn : state) {
        text.clear();
        cache::append_key(text, {.variant = held, .target = kTarget});
        benchmark::DoNotOptimize(cache::view_of(text).hash);
    }
}
BENCHMARK(key_build);

void key_hash(benchmark::State& state) {
    const std::string text(static_cast<std::size_t>(state.range(0)), 'k');
    for ([[maybe_unused]] const auto turn : state) {
        benchmark::DoNotOptimize(text.data());
        benchmark::DoNotOptimize(cache::hash_of(text));
    }
}
BENCHMARK(key_hash)->Arg(40)->Arg(120)->Arg(1000);

/// All threads' hits a second, and the same for each core that they had.
void tell_hits(benchmark::State& state) {
    using benchmark::Counter;
    const auto hits = static_cast<double>(state.iterations());
    const auto cores = std::min<double>(std::thread::hardware_concurrency(),
                                        static_cast<double>(state.threads()));
    state.counters["hits"] = Counter(hits, Counter::kIsRate);
    state.counters["hits_per_core"] = Counter(hits / cores, Counter::kIsRate);
}

void find_hot(benchmark::State& state) {
    static const auto kept = filled_store(1000);
    const auto text = key_text(7);
    for ([[maybe_unused]] const auto turn : state) {
        benchmark::DoNotOptimize(kept->find(cache::view_of(text), kNow));
    }
    tell_hits(state);
}
BENCHMARK(find_hot)->ThreadRange(1, 8)->UseRealTime();

// Includes writing the number and hashing the text: about 15 ns.
void find_random(benchmark::State& state) {
    static const auto kept = filled_store(kManyEntries);
    std::minstd_rand random{static_cast<unsigned>(state.thread_index()) + 1};
    auto text = key_text(0);
    for ([[maybe_unused]] const auto turn : state) {
        write_page(text, random() % kManyEntries);
        benchmark::DoNotOptimize(kept->find(cache::view_of(text), kNow));
    }
    tell_hits(state);
}
BENCHMARK(find_random)->ThreadRange(1, 8)->UseRealTime();

// A miss, where nothing was ever evicted (0) and of keys of which half were (1).
void find_missing(benchmark::State& state) {
    const bool evicts = state.range(0) != 0;
    cache::MemoryStore store{{.max_entries = evicts ? kManyEntries : 4 * kManyEntries}};
    const auto entry = page_of_orders();
    for (std::size_t page = 0; page < 2 * kManyEntries; ++page)
        store.store(cache::make_key(key_text(page)), entry);
    const auto first = evicts ? 0 : 2 * kManyEntries;
    std::minstd_rand random{1};
    auto text = key_text(0);
    for ([[maybe_unused]] const auto turn : state) {
        write_page(text, first + random() % kManyEntries);
        benchmark::DoNotOptimize(store.find(cache::view_of(text), kNow));
    }
}
BENCHMARK(find_missing)->Arg(0)->Arg(1);

void find_and_decide(benchmark::State& state) {
    const auto store = filled_store(1000);
    const auto held = variant();
    std::string text;
    for ([[maybe_unused]] const auto turn : state) {
        text.clear();
        cache::append_key(text, {.variant = held, .target = kTarget});
        const auto found = store->find(cache::view_of(text), kNow);
        benchmark::DoNotOptimize(cache::decide_reuse(*found, {}, kNow));
    }
}
BENCHMARK(find_and_decide);

/// A thousand orders as ESI sends them: 240 kB that gzip makes some 40 of.
std::string orders() {
    std::minstd_rand random{34};
    std::string text = "[";
    for (int order = 0; order < 1000; ++order) {
        const auto number = [&](unsigned below) {
            return std::to_string(random() % below);
        };
        text += R"({"duration":90,"is_buy_order":false,"issued":"2026-09-)";
        text += std::to_string(10 + order % 20) + "T" + std::to_string(10 + order % 14);
        text += R"(:31:07Z","location_id":60003760,"min_volume":1,"order_id":6)";
        text += number(1'000'000'000) + R"(,"price":)" + number(90'000'000);
        text += R"(.5,"range":"region","system_id":30000142,"type_id":)";
        text += number(50'000) + R"(,"volume_remain":)" + number(9000);
        text += R"(,"volume_total":10000},)";
    }
    text.back() = ']';
    return text;
}

// What a hit on a page costs that is kept compressed, when its body is asked for.
void find_and_decode_page(benchmark::State& state) {
    const auto plain = orders();
    cache::MemoryStore store{{}};
    store.store(
        cache::make_key(key_text(7)),
        cache::make_entry(
            {200,
             headers_of_orders(),
             {http::compress_gzip(plain, 6), http::ContentCoding::Gzip, plain.size()}},
            arrival()));
    const auto text = key_text(7);
    for ([[maybe_unused]] const auto turn : state) {
        const auto found = store.find(cache::view_of(text), kNow);
        benchmark::DoNotOptimize(http::decode(found->response.body));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(plain.size()) *
                            state.iterations());
}
BENCHMARK(find_and_decode_page);

/// A file of this process's own, which goes with it.
struct KeptFile {
    std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                   ("pyesi-bench-" + std::to_string(::getpid()));
    base::Clock clock;
    std::unique_ptr<cache::DiskStore> store;

    explicit KeptFile(std::size_t entries) {
        std::filesystem::create_directories(folder);
        store = std::make_unique<cache::DiskStore>(
            cache::DiskStore::Settings{.path = folder / "cache.sqlite3"}, clock);
        for (std::size_t page = 0; page < entries; ++page) {
            store->store(cache::make_key(key_text(page)), page_of_orders());
        }
        store->flush();
    }
    KeptFile(const KeptFile&) = delete;
    KeptFile& operator=(const KeptFile&) = delete;
    ~KeptFile() {
        store.reset();
        std::filesystem::remove_all(folder);
    }
};

// From the question until the answer is back from the file's own thread.
void disk_hit(benchmark::State& state) {
    constexpr std::size_t kEntries = 10'000;
    const KeptFile file{kEntries};
    std::minstd_rand random{1};
    for ([[maybe_unused]] const auto turn : state) {
        std::promise<cache::EntryPtr> told;
        file.store->look_up(
            cache::make_key(key_text(random() % kEntries)),
            kNow,
            [&](const cache::EntryPtr& found) { told.set_value(found); });
        if (!told.get_future().get()) state.SkipWithError("it was no hit");
    }
}
BENCHMARK(disk_hit)->UseRealTime();

// The same where the file surely has nothing: no thread is asked.
void disk_miss(benchmark::State& state) {
    const KeptFile file{100};
    const auto key = cache::make_key(key_text(999'999));
    for ([[maybe_unused]] const auto turn : state) {
        bool is_told = false;
        file.store->look_up(key, kNow, [&](const cache::EntryPtr&) { is_told = true; });
        benchmark::DoNotOptimize(is_told);
    }
}
BENCHMARK(disk_miss);

void store_with_eviction(benchmark::State& state) {
    cache::MemoryStore store{{.max_entries = 10'000}};
    const auto entry = page_of_orders();
    std::size_t page = 0;
    for ([[maybe_unused]] const auto turn : state)
        store.store(cache::make_key(key_text(page++)), entry);
}
BENCHMARK(store_with_eviction);

void make_entry(benchmark::State& state) {
    const auto headers = headers_of_orders();
    const base::Bytes body{std::string(1000, 'x')};
    for ([[maybe_unused]] const auto turn : state) {
        benchmark::DoNotOptimize(
            cache::make_entry({200, headers, {body, {}, 1000}}, arrival()));
    }
}
BENCHMARK(make_entry);

void merge_not_modified(benchmark::State& state) {
    const auto stored = page_of_orders();
    http::Headers newer;
    newer.append("date", "Wed, 30 Sep 2026 16:02:00 GMT");
    newer.append("expires", "Wed, 30 Sep 2026 16:06:57 GMT");
    newer.append("last-modified", "Wed, 30 Sep 2026 16:01:57 GMT");
    newer.append("etag", stored->response.headers.find("etag").value_or(""));
    newer.append("cache-control", "public");
    newer.append("x-ratelimit-remaining", "11997");
    for ([[maybe_unused]] const auto turn : state) {
        benchmark::DoNotOptimize(cache::merge_not_modified(*stored, newer, arrival()));
    }
}
BENCHMARK(merge_not_modified);

}  // namespace

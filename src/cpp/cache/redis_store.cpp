#include "cache/redis_store.h"

#include "cache/entry_codec.h"
#include "cache/redis_values.h"

#include <array>
#include <future>
#include <span>
#include <utility>

namespace pyesi::cache {

using storage::RedisAnswer;
using storage::RedisOutcome;

namespace {

// Erasures that wait for Redis. Beyond it they are dropped and counted.
constexpr std::size_t kMostOwed = 10'000;

// How long a walk through Redis may hold up the end.
constexpr std::chrono::seconds kFinishing{1};

}  // namespace

RedisStore::RedisStore(storage::Loop& loop, Settings settings, const base::Clock& clock)
    : loop_{loop}, settings_{std::move(settings)}, clock_{clock}, queue_{loop} {
    counts_.with([](StoreStatistics& counts) { counts.is_reachable = false; });
}

RedisStore::~RedisStore() {
    RedisStore::close();
}

void RedisStore::start() {
    was_started_ = true;
    queue_.run_later([this] { begin(); });
}

// ------------------------------------------------------------- on any thread

void RedisStore::look_up(const CacheKey& key, base::TimePoint, const Found& found) {
    const bool is_asked = queue_.run([this, key, found] { ask(key, found); });
    if (!is_asked) tell(found, nullptr);
}

void RedisStore::store(CacheKey key, EntryPtr entry) {
    count(&StoreStatistics::stored);
    if (key.text.size() + entry->weight() > settings_.max_entry_bytes) {
        count(&StoreStatistics::refused_oversize);
        erase(key);
        return;
    }
    queue_.run([this, kept = std::move(key), held = std::move(entry)] {
        write(kept, *held, Write::Replace);
    });
}

void RedisStore::add(CacheKey key, EntryPtr entry) {
    if (key.text.size() + entry->weight() > settings_.max_entry_bytes) return;
    queue_.run([this, kept = std::move(key), held = std::move(entry)] {
        write(kept, *held, Write::OnlyIfNone);
    });
}

bool RedisStore::erase(CacheKeyView key) {
    return queue_.run([this, text = std::string{key.text}] { write_erased(text); });
}

std::size_t RedisStore::erase_if(const std::function<bool(std::string_view)>& matches) {
    queue_.run([this, matches] {
        if (parts_) parts_->sweeps.add(matches);
    });
    return 0;
}

void RedisStore::clear() {
    erase_if({});
}

void RedisStore::watch(StoreWatcher* watcher) {
    watcher_.with([&](StoreWatcher*& told) { told = watcher; });
}

StoreStatistics RedisStore::statistics() const {
    return counts_.with([](const StoreStatistics& counts) { return counts; });
}

void RedisStore::close() {
    if (!was_started_) {
        queue_.close();
        return;
    }
    auto ended = std::make_shared<std::promise<void>>();
    const bool runs =
        queue_.run_later([this, ended] { finish([ended] { ended->set_value(); }); });
    if (runs) ended->get_future().wait();
}

void RedisStore::tell(const Found& found, EntryPtr entry) {
    count(entry ? &StoreStatistics::hits : &StoreStatistics::misses);
    found(std::move(entry));
}

void RedisStore::count(std::uint64_t StoreStatistics::* what) {
    counts_.with([&](StoreStatistics& counts) { ++(counts.*what); });
}

// ------------------------------------------------------ on the network thread

RedisStore::Parts::Parts(storage::Loop& loop, RedisStore& store)
    : commands{loop,
               store.connection_settings(),
               {.on_up = [&store] { store.on_up(); },
                .on_down = [&store](bool was_up) { store.on_down(was_up); },
                .on_message = {}}},
      tracking{loop,
               commands,
               store.connection_settings(),
               {.on_changed =
                    [&store](CacheKeyView key) {
                        store.watcher_.with([&](StoreWatcher* told) {
                            if (told != nullptr) told->on_doubt(key);
                        });
                    },
                .on_all_changed =
                    [&store] {
                        store.watcher_.with([](StoreWatcher* told) {
                            if (told != nullptr) told->on_doubt_all();
                        });
                    },
                .on_fault = [&store] { store.count(&StoreStatistics::faults); }}},
      sweeps{
          commands,
          {.erase =
               [&store](std::string_view key) { store.write_erased(std::string{key}); },
           .given_up = [&store] { store.count(&StoreStatistics::dropped); }}} {}

storage::RedisConnection::Settings RedisStore::connection_settings() const {
    storage::RedisConnection::Settings settings;
    settings.address = settings_.address;
    settings.answer_within = settings_.timeout;
    return settings;
}

void RedisStore::begin() {
    parts_ = std::make_unique<Parts>(loop_, *this);
    parts_->commands.start();
    parts_->tracking.start();
}

bool RedisStore::may_ask(std::string_view key) const {
    return parts_ && !parts_->commands.owes_answer() &&
           !owed_.contains(std::string{key}) && !parts_->sweeps.covers(key);
}

void RedisStore::ask(const CacheKey& key, const Found& found) {
    if (!may_ask(key.text)) {
        tell(found, nullptr);
        return;
    }
    const auto name = redis_name(key.text);
    parts_->commands.send({"GET", name}, [this, key, found](const RedisAnswer& answer) {
        EntryPtr entry;
        try {
            entry = read(key, answer);
        } catch (const std::exception&) {
            count(&StoreStatistics::faults);  // out of memory: a miss like any other
        }
        tell(found, std::move(entry));
    });
}

EntryPtr RedisStore::read(const CacheKey& key, const RedisAnswer& answer) {
    if (!answer.is_well()) {
        if (answer.outcome != RedisOutcome::Refused) count(&StoreStatistics::faults);
        return nullptr;
    }
    // A walk that means it may have begun since it was asked for.
    if (answer.reply->is_nothing() || parts_->sweeps.covers(key.text)) return nullptr;
    const auto bytes = answer.reply->text();
    return bytes ? read(key, *bytes) : nullptr;
}

EntryPtr RedisStore::read(const CacheKey& key, std::string_view bytes) {
    const ClockReading clocks{clock_.now(), clock_.wall_now(), settings_.clock_run};
    auto value = read_redis_value(key, bytes, clocks);
    switch (value.kind) {
        case RedisValue::Kind::Damaged: count(&StoreStatistics::damaged); break;
        case RedisValue::Kind::Erased:
            watcher_.with([&](StoreWatcher* told) {
                if (told != nullptr) told->on_erased(key);
            });
            break;
        case RedisValue::Kind::Entry:
            if (value.entry->is_gone(clocks.now)) return nullptr;
            break;
    }
    return std::move(value.entry);
}

void RedisStore::write(const CacheKey& key, const Entry& entry, Write how) {
    if (!parts_) return;
    if (entry.gone_when_stale) {
        write_erased(key.text);
        return;
    }
    const auto name = redis_name(key.text);
    const auto bytes = encode_entry(key, entry, settings_.clock_run);
    const auto life = std::to_string(redis_life_of(entry, clock_.now()));
    const std::array<std::string_view, 6> words{"SET", name, bytes, "PX", life, "NX"};
    const std::size_t count_of_words = how == Write::OnlyIfNone ? 6 : 5;
    if (how == Write::Replace) parts_->sweeps.spare(key.text);
    parts_->commands.send(std::span{words}.first(count_of_words),
                          [this](const RedisAnswer& answer) { on_written(answer); });
}

void RedisStore::on_written(const RedisAnswer& answer) {
    switch (answer.outcome) {
        case RedisOutcome::Answered:
            if (!answer.is_well()) count(&StoreStatistics::faults);
            break;
        case RedisOutcome::Refused:
        case RedisOutcome::Lost: count(&StoreStatistics::dropped); break;
        case RedisOutcome::Late: break;  // it will be stored all the same
    }
}

void RedisStore::write_erased(const std::string& key) {
    if (!parts_) return;
    const auto name = redis_name(key);
    const auto life =
        std::to_string(std::chrono::milliseconds{kRedisRetention}.count());
    parts_->commands.send({"SET", name, kErasedMark, "PX", life, "XX"},
                          [this, key](const RedisAnswer& answer) {
                              if (!answer.is_well()) on_not_erased(key, answer);
                          });
}

void RedisStore::on_not_erased(const std::string& key, const RedisAnswer& answer) {
    if (answer.outcome == RedisOutcome::Answered) {
        // It has no room even for the mark: then at least the entry goes.
        count(&StoreStatistics::faults);
        parts_->commands.send({"UNLINK", redis_name(key)}, [](const RedisAnswer&) {});
        return;
    }
    if (answer.outcome == RedisOutcome::Late) return;  // it will be erased all the same
    if (owed_.size() < kMostOwed) {
        owed_.insert(key);
    } else {
        count(&StoreStatistics::dropped);
    }
}

void RedisStore::on_up() {
    counts_.with([](StoreStatistics& counts) { counts.is_reachable = true; });
    for (const auto& key : std::exchange(owed_, {})) write_erased(key);
    parts_->tracking.on_commands_up();
    parts_->sweeps.go_on();
}

void RedisStore::on_down(bool) {
    counts_.with([](StoreStatistics& counts) {
        counts.is_reachable = false;
        ++counts.faults;
    });
    parts_->tracking.on_commands_down();
}

// ------------------------------------------------------------------ the end

void RedisStore::finish(std::function<void()> done) {
    done_ = std::move(done);
    finish_until_ = std::chrono::steady_clock::now() + kFinishing;
    // Behind what was asked for before, which may wait yet: it is to be written.
    if (!queue_.run_later([this] { check_finished(); })) end();
}

// Each look is a piece of work of the loop's own: between two of them it reads and
// writes, and none comes while a connection is telling us something.
void RedisStore::check_finished() {
    if (is_busy() && std::chrono::steady_clock::now() < finish_until_) {
        queue_.run_later([this] { check_finished(); });
    } else {
        queue_.run_later([this] { end(); });
    }
}

bool RedisStore::is_busy() const {
    if (!parts_) return false;
    const bool sweeps = parts_->sweeps.size() > 0 && parts_->commands.is_up();
    return sweeps || parts_->commands.unanswered() > 0;
}

void RedisStore::end() {
    const auto done = std::exchange(done_, nullptr);
    if (!done) return;
    if (parts_) {
        parts_->tracking.close();
        parts_->commands.close();
    }
    queue_.close();
    parts_.reset();
    counts_.with([](StoreStatistics& counts) { counts.is_reachable = false; });
    done();  // whoever waits for this may destroy us
}

}  // namespace pyesi::cache

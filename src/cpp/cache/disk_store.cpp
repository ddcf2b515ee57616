#include "cache/disk_store.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace pyesi::cache {

namespace {

// In one transaction: enough to share its cost, few enough that whoever asks
// meanwhile waits for a millisecond or two.
constexpr std::size_t kMostChanges = 256;
constexpr std::size_t kMostBytes = std::size_t{4} << 20U;

// Beyond it the whole file is to be emptied once it can be written again.
constexpr std::size_t kMostUnwritten = 100'000;

// How often it is asked whether another process has written.
constexpr std::chrono::seconds kFilterAge{1};

std::size_t weight_of(std::string_view key, const EntryPtr& entry) noexcept {
    return key.size() + (entry ? entry->weight() : 0);
}

EntryPtr unless_gone(const EntryPtr& entry, base::TimePoint now) noexcept {
    return entry && !entry->is_gone(now) ? entry : nullptr;
}

}  // namespace

DiskStore::DiskStore(Settings settings, const base::Clock& clock)
    : settings_{std::move(settings)},
      clock_{clock},
      table_{settings_.path, settings_.max_bytes} {
    if (settings_.path.empty()) throw std::invalid_argument{"path must not be empty"};
    if (settings_.max_bytes == 0 || settings_.max_entry_bytes == 0) {
        throw std::invalid_argument{"a bound must be positive"};
    }
    counts_.max_bytes = settings_.max_bytes;
    thread_ = std::thread{[this] { run(); }};
}

DiskStore::~DiskStore() {
    DiskStore::close();
}

// ------------------------------------------------------- on the caller's thread

EntryPtr DiskStore::find(CacheKeyView key, base::TimePoint now) {
    const Lock lock{mutex_};
    const auto changed = changes_.find(key.text);
    return changed == changes_.end() ? nullptr
                                     : unless_gone(changed->second.entry, now);
}

void DiskStore::look_up(const CacheKey& key, base::TimePoint now, const Found& found) {
    EntryPtr known;
    {
        const Lock lock{mutex_};
        const auto changed = changes_.find(key.text);
        if (changed != changes_.end()) {
            known = unless_gone(changed->second.entry, now);
        } else if (!is_surely_absent(key)) {
            asked_.push_back({key, now, found});
            work_.notify_one();
            return;
        }
        ++(known ? counts_.hits : counts_.misses);
    }
    found(std::move(known));
}

bool DiskStore::is_surely_absent(CacheKeyView key) const noexcept {
    if (closing_) return true;
    if (!is_usable_ && std::chrono::steady_clock::now() < retry_at_) return true;
    return filter_ && !filter_->may_have(key.hash);
}

void DiskStore::store(CacheKey key, EntryPtr entry) {
    const Lock lock{mutex_};
    ++counts_.stored;
    const auto weight = weight_of(key.text, entry);
    if (weight > settings_.max_entry_bytes) {
        ++counts_.refused_oversize;
        entry = nullptr;
    } else if (pending_bytes_ + weight > settings_.max_pending_bytes) {
        ++counts_.dropped;
        entry = nullptr;
    }
    change(key, std::move(entry));
}

bool DiskStore::erase(CacheKeyView key) {
    const Lock lock{mutex_};
    const auto changed = changes_.find(key.text);
    const bool is_there = changed != changes_.end() ? changed->second.entry != nullptr
                                                    : !is_surely_absent(key);
    change(key, nullptr);
    return is_there;
}

/// REQUIRES: the lock is held.
void DiskStore::change(CacheKeyView key, EntryPtr entry) {
    if (closing_) return;
    auto changed = changes_.find(key.text);
    if (changed == changes_.end()) {
        if (!entry && filter_ && !filter_->may_have(key.hash)) return;
        changed = changes_.emplace(key.text, Change{}).first;
    } else {
        pending_bytes_ -= weight_of(key.text, changed->second.entry);
    }
    auto& [text, change] = *changed;
    change = {std::move(entry), key.hash, ++next_number_, false};
    pending_bytes_ += weight_of(text, change.entry);
    order_.emplace_back(text, change.number);
    if (order_.size() == 1) {
        batch_at_ = std::chrono::steady_clock::now() + settings_.gathering;
        work_.notify_one();
    } else if (order_.size() == kMostChanges) {
        work_.notify_one();
    }
    if (changes_.size() > kMostUnwritten) give_up_changes();
}

/// REQUIRES: the lock is held.
void DiskStore::give_up_changes() {
    counts_.dropped += changes_.size();
    sweeps_.assign(1, Sweep{});
    drop_pending({});
}

/// REQUIRES: the lock is held.
void DiskStore::drop_pending(const Sweep& matches) {
    std::erase_if(changes_, [&](const auto& changed) {
        const auto& [text, change] = changed;
        if (matches && !matches(text)) return false;
        pending_bytes_ -= weight_of(text, change.entry);
        return true;
    });
    if (changes_.empty()) order_.clear();
    work_.notify_one();
}

std::size_t DiskStore::erase_if(const Sweep& matches) {
    const Lock lock{mutex_};
    if (closing_) return 0;
    const auto before = changes_.size();
    drop_pending(matches);
    sweeps_.push_back(matches);
    return before - changes_.size();
}

void DiskStore::clear() {
    const Lock lock{mutex_};
    if (closing_) return;
    // What was to be swept out goes with the rest.
    sweeps_.assign(1, Sweep{});
    drop_pending({});
}

void DiskStore::close() {
    {
        const Lock lock{mutex_};
        closing_ = true;
        work_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void DiskStore::flush() {
    Lock lock{mutex_};
    const auto is_done = [this] {
        return closing_ || (is_idle_ && sweeps_.empty() && order_.empty()) ||
               std::chrono::steady_clock::now() < retry_at_;
    };
    batch_at_ = {};
    is_idle_ = false;
    work_.notify_one();
    idle_.wait(lock, is_done);
}

StoreStatistics DiskStore::statistics() const {
    const Lock lock{mutex_};
    auto told = counts_;
    told.pending = changes_.size() + sweeps_.size();
    return told;
}

// ----------------------------------------------------------- on the disk's thread

void DiskStore::run() noexcept {
    open();
    publish_counts();
    for (;;) {
        try {
            auto work = wait_for_work();
            if (work.ends) break;
            perform(work);
        } catch (...) {
            // Out of memory: what was in hand is lost to the file, and nothing else.
            continue;
        }
    }
    table_.close();
}

DiskStore::Work DiskStore::wait_for_work() {
    Lock lock{mutex_};
    while (!has_work()) {
        is_idle_ = order_.empty() && sweeps_.empty();
        idle_.notify_all();
        if (order_.empty() && sweeps_.empty()) {
            work_.wait(lock);
        } else {
            work_.wait_until(lock, std::max(batch_at_, retry_at_));
        }
    }
    is_idle_ = false;
    Work work;
    work.asked.swap(asked_);
    const bool may_write = closing_ || std::chrono::steady_clock::now() >= retry_at_;
    if (may_write) {
        work.sweeps.swap(sweeps_);
        take_changes(work);
    }
    work.ends =
        closing_ && work.asked.empty() && work.sweeps.empty() && work.changes.empty();
    return work;
}

/// REQUIRES: the lock is held.
bool DiskStore::has_work() const noexcept {
    if (closing_ || !asked_.empty()) return true;
    if (order_.empty() && sweeps_.empty()) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now < retry_at_) return false;
    return !sweeps_.empty() || order_.size() >= kMostChanges || now >= batch_at_;
}

/// REQUIRES: the lock is held.
void DiskStore::take_changes(Work& work) {
    std::size_t bytes = 0;
    while (!order_.empty() && work.changes.size() < kMostChanges &&
           bytes < kMostBytes) {
        auto [text, number] = std::move(order_.front());
        order_.pop_front();
        const auto changed = changes_.find(text);
        if (changed == changes_.end() || changed->second.number != number) continue;
        bytes += weight_of(text, changed->second.entry);
        work.changes.emplace_back(std::move(text), changed->second);
    }
}

void DiskStore::perform(Work& work) {
    const bool is_open = open();
    const bool has_swept = is_open && sweep(work);
    for (auto& asked : work.asked) answer(asked, has_swept);
    if (has_swept && try_write(work)) {
        on_written(work);
    } else {
        on_not_written(work);
    }
    table_.make_room();
    table_.merge(is_at_leisure());
    if (std::chrono::steady_clock::now() >= filter_until_) refresh_filter();
    publish_counts();
}

bool DiskStore::is_at_leisure() {
    const Lock lock{mutex_};
    return order_.empty() && asked_.empty() && sweeps_.empty();
}

bool DiskStore::open() {
    if (table_.is_open()) return true;
    const bool is_open = table_.open();
    if (is_open) read_filter();
    const Lock lock{mutex_};
    is_usable_ = is_open;
    if (!is_open) retry_at_ = std::chrono::steady_clock::now() + settings_.retry_after;
    return is_open;
}

bool DiskStore::sweep(const Work& work) {
    if (work.sweeps.empty()) return true;
    bool is_well = table_.begin();
    for (const auto& matches : work.sweeps) {
        is_well = is_well && (matches ? table_.erase_if(matches) : table_.clear());
    }
    return is_well && table_.commit();
}

void DiskStore::answer(const Asked& asked, bool has_swept) {
    EntryPtr found;
    try {
        if (has_swept) found = read(asked);
    } catch (...) {
        found = nullptr;  // out of memory: a miss like any other
    }
    {
        const Lock lock{mutex_};
        ++(found ? counts_.hits : counts_.misses);
    }
    asked.found(std::move(found));
}

EntryPtr DiskStore::read(const Asked& asked) {
    {
        // It may have been changed since it was asked for.
        const Lock lock{mutex_};
        const auto changed = changes_.find(asked.key.text);
        if (changed != changes_.end()) {
            return unless_gone(changed->second.entry, asked.now);
        }
        if (!sweeps_.empty()) return nullptr;
    }
    const ClockReading clocks{clock_.now(), clock_.wall_now(), settings_.clock_run};
    auto found = table_.find(asked.key, clocks);
    if (!found) return nullptr;
    EntryPtr entry = std::move(found->entry);
    const bool is_gone = entry->is_gone(clocks.now);
    if (is_gone || found->from_the_future) {
        const Lock lock{mutex_};
        // Unless it was changed just now: that is newer than what the file says.
        if (!changes_.contains(asked.key.text)) {
            change(asked.key, is_gone ? nullptr : entry);
        }
    }
    return is_gone ? nullptr : entry;
}

bool DiskStore::try_write(const Work& work) {
    if (work.changes.empty()) return true;
    if (!table_.begin()) return false;
    for (const auto& [text, change] : work.changes) {
        const CacheKeyView key{text, change.hash};
        const bool is_well =
            change.entry
                ? table_.write(key,
                               encode_entry(key, *change.entry, settings_.clock_run))
                : table_.erase(key);
        if (!is_well) return false;
    }
    return table_.commit();
}

void DiskStore::on_written(const Work& work) {
    const Lock lock{mutex_};
    for (const auto& [text, change] : work.changes) {
        if (change.entry && filter_) filter_->add(change.hash);
        const auto changed = changes_.find(text);
        if (changed == changes_.end() || changed->second.number != change.number) {
            continue;
        }
        pending_bytes_ -= weight_of(text, changed->second.entry);
        changes_.erase(changed);
    }
}

void DiskStore::on_not_written(const Work& work) {
    const Lock lock{mutex_};
    sweeps_.insert(sweeps_.begin(), work.sweeps.begin(), work.sweeps.end());
    for (const auto& [text, change] : work.changes) {
        const auto changed = changes_.find(text);
        if (changed == changes_.end() || changed->second.number != change.number) {
            continue;
        }
        auto& pending = changed->second;
        if (std::exchange(pending.has_failed, true) && pending.entry) {
            pending_bytes_ -= pending.entry->weight();
            pending.entry = nullptr;
            ++counts_.dropped;
        }
        order_.emplace_back(text, change.number);
    }
    // A file that was set aside leaves room for a new one: that is tried at once.
    const auto pause = is_usable_ && !table_.is_open() ? std::chrono::milliseconds{0}
                                                       : settings_.retry_after;
    retry_at_ = std::chrono::steady_clock::now() + pause;
    if (!closing_) return;
    order_.clear();
    sweeps_.clear();
}

void DiskStore::refresh_filter() {
    filter_until_ = std::chrono::steady_clock::now() + kFilterAge;
    if (table_.was_changed_by_another()) read_filter();
}

void DiskStore::read_filter() {
    std::vector<std::uint64_t> hashes;
    const bool is_read = table_.read_hashes(hashes);
    auto filter = is_read ? std::make_unique<HashFilter>() : nullptr;
    for (const auto hash : hashes) {
        if (filter) filter->add(hash);
    }
    const Lock lock{mutex_};
    filter_ = std::move(filter);
}

void DiskStore::publish_counts() {
    const auto& counts = table_.counts();
    const Lock lock{mutex_};
    counts_.faults = counts.faults;
    counts_.damaged = counts.damaged + counts.set_aside;
    counts_.evicted_for_bytes = counts.evicted;
    counts_.erased = counts.erased;
    counts_.entries = counts.entries;
    counts_.bytes = counts.bytes;
}

}  // namespace pyesi::cache

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

// Known ways to choose what a full cache lets go, written to be read: each is told
// which key is wanted, and says whether it had it.

namespace pyesi::cache::models {

using Key = std::uint32_t;

/// Keys in an order that changes, each found at once.
class KeyList {
public:
    bool has(Key key) const { return places_.contains(key); }
    std::size_t size() const noexcept { return keys_.size(); }
    Key oldest() const { return keys_.back(); }

    void add(Key key) {
        keys_.push_front(key);
        places_[key] = keys_.begin();
    }
    void remove(Key key) {
        keys_.erase(places_.at(key));
        places_.erase(key);
    }
    void renew(Key key) { keys_.splice(keys_.begin(), keys_, places_.at(key)); }

private:
    std::list<Key> keys_;  ///< newest first
    std::unordered_map<Key, std::list<Key>::iterator> places_;
};

/// Lets go what was not used for the longest time.
class Lru {
public:
    explicit Lru(std::size_t capacity) : capacity_{capacity} {}

    bool want(Key key) {
        if (keys_.has(key)) {
            keys_.renew(key);
            return true;
        }
        if (keys_.size() == capacity_) keys_.remove(keys_.oldest());
        keys_.add(key);
        return false;
    }

private:
    std::size_t capacity_;
    KeyList keys_;
};

/// Zhang et al., NSDI 2024.
class Sieve {
public:
    explicit Sieve(std::size_t capacity) : capacity_{capacity} {}

    bool want(Key key) {
        const auto known = places_.find(key);
        if (known != places_.end()) {
            known->second->visited = true;
            return true;
        }
        if (places_.size() == capacity_) evict();
        keys_.push_front({key, false});
        places_[key] = keys_.begin();
        return false;
    }

private:
    struct Kept {
        Key key;
        bool visited;
    };

    /// The hand goes from old to new, and round.
    void step() {
        hand_ = hand_ == keys_.begin() ? std::prev(keys_.end()) : std::prev(hand_);
    }

    void evict() {
        if (hand_ == keys_.end()) hand_ = std::prev(keys_.end());
        for (; hand_->visited; step()) hand_->visited = false;
        const auto leaving = hand_;
        hand_ = leaving == keys_.begin() ? keys_.end() : std::prev(leaving);
        places_.erase(leaving->key);
        keys_.erase(leaving);
    }

    std::size_t capacity_;
    std::list<Kept> keys_;  ///< newest first
    std::unordered_map<Key, std::list<Kept>::iterator> places_;
    std::list<Kept>::iterator hand_ = keys_.end();
};

/// How often keys were wanted of late: four rows of four-bit counts, halved after ten
/// times as many as there is room for.
class FrequencySketch {
public:
    explicit FrequencySketch(std::size_t capacity)
        : width_{16 * capacity}, period_{10 * capacity} {
        for (auto& row : rows_) row.resize(width_);
    }

    void add(Key key) {
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            auto& count = rows_[row][place(key, row)];
            count = static_cast<std::uint8_t>(std::min(15, count + 1));
        }
        if (++added_ < period_) return;
        added_ /= 2;
        for (auto& row : rows_) {
            for (auto& count : row) count /= 2;
        }
    }

    int count_of(Key key) const {
        int least = 15;
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            least = std::min<int>(least, rows_[row][place(key, row)]);
        }
        return least;
    }

private:
    std::size_t place(Key key, std::size_t row) const {
        constexpr std::array<std::uint64_t, 4> kOdd = {0x9e3779b97f4a7c15,
                                                       0xc2b2ae3d27d4eb4f,
                                                       0x165667b19e3779f9,
                                                       0xd6e8feb86659fd93};
        return ((key + 1) * kOdd.at(row) >> 17U) % width_;
    }

    std::size_t width_;
    std::size_t period_;
    std::size_t added_ = 0;
    std::array<std::vector<std::uint8_t>, 4> rows_;
};

/// Einziger et al., 2017: a window of one part in a hundred, before a main part that
/// takes in only what is wanted more often than what would have to go. Of the main
/// part four fifths are protected.
class WindowTinyLfu {
public:
    explicit WindowTinyLfu(std::size_t capacity)
        : window_capacity_{std::max<std::size_t>(1, capacity / 100)},
          main_capacity_{capacity - window_capacity_},
          sketch_{capacity} {}

    bool want(Key key) {
        sketch_.add(key);
        if (window_.has(key)) {
            window_.renew(key);
            return true;
        }
        if (protected_.has(key)) {
            protected_.renew(key);
            return true;
        }
        if (probation_.has(key)) {
            promote(key);
            return true;
        }
        window_.add(key);
        if (window_.size() > window_capacity_) leave_window();
        return false;
    }

private:
    void promote(Key key) {
        probation_.remove(key);
        protected_.add(key);
        if (protected_.size() <= main_capacity_ * 4 / 5) return;
        const auto demoted = protected_.oldest();
        protected_.remove(demoted);
        probation_.add(demoted);
    }

    void leave_window() {
        const auto candidate = window_.oldest();
        window_.remove(candidate);
        if (probation_.size() + protected_.size() < main_capacity_) {
            probation_.add(candidate);
            return;
        }
        const auto victim = probation_.oldest();
        if (sketch_.count_of(candidate) <= sketch_.count_of(victim)) return;
        probation_.remove(victim);
        probation_.add(candidate);
    }

    std::size_t window_capacity_;
    std::size_t main_capacity_;
    FrequencySketch sketch_;
    KeyList window_;
    KeyList probation_;
    KeyList protected_;
};

}  // namespace pyesi::cache::models

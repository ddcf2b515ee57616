#include "engine/redis_ledger.h"

#include "scheduler/account_codec.h"
#include "scheduler/hashing.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

namespace pyesi::engine {

using scheduler::LedgerTime;
using storage::RedisReply;

namespace {

// KEYS: the accounts. ARGV: none to read them; else how long they are to be kept, and
// for each the mark of the bytes that it replaces, and its own bytes. Gives 1 if they
// were replaced, else Redis' time and what is there.
constexpr std::string_view kSwap = R"(
local there = redis.call('MGET', unpack(KEYS))
local same = #ARGV > 0
for i = 1, #KEYS do
  same = same and string.sub(there[i] or '', 1, 8) == ARGV[2 * i]
end
if not same then
  local time = redis.call('TIME')
  return {time[1], time[2], there}
end
for i = 1, #KEYS do
  redis.call('SET', KEYS[i], ARGV[2 * i + 1], 'PX', ARGV[1])
end
return 1
)";

constexpr std::size_t kMarkSize = 8;

// Where so many others were faster, one after the other, Redis is too busy for us.
constexpr int kMostTurns = 12;

// An account is forgotten once it must be as if new: all of it has returned, and the
// longest refusal is over.
constexpr std::chrono::hours kLongestRefusal{2};

std::string name_of(std::uint64_t key) {
    std::string digits(16, '\0');
    const auto* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), key, 16).ptr;
    digits.resize(static_cast<std::size_t>(end - digits.data()));
    // The braces keep all of them on one node of a cluster.
    return "pyesi:{limits}:" + digits;
}

/// Differs for each request of each process.
std::string mark_of(const scheduler::LedgerRequest& request) {
    const auto mark = scheduler::mix(request.holder, request.number);
    std::string bytes(kMarkSize, '\0');
    for (std::size_t at = 0; at < kMarkSize; ++at) {
        bytes[at] = static_cast<char>((mark >> (8U * at)) & 0xffU);
    }
    return bytes;
}

std::optional<std::int64_t> number_in(const RedisReply& reply) noexcept {
    const auto text = reply.text();
    if (!text) return reply.number();
    std::int64_t number = 0;
    const auto* const end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return number;
}

/// Redis' own time, of seconds and microseconds.
std::optional<LedgerTime> time_in(const RedisReply& reply) noexcept {
    constexpr std::int64_t kMostSeconds = 1'000'000'000'000;
    const auto seconds = number_in(reply.at(0));
    const auto micros = number_in(reply.at(1));
    if (!seconds || !micros || *seconds < 0 || *seconds > kMostSeconds || *micros < 0 ||
        *micros >= 1'000'000) {
        return std::nullopt;
    }
    return LedgerTime{*seconds * 1000 + *micros / 1000};
}

/// One that cannot be read begins anew, and is told what it has lost.
scheduler::LedgerAccount account_in(std::string_view bytes) {
    auto state = bytes.size() < kMarkSize
                     ? std::nullopt
                     : scheduler::decode_account(bytes.substr(kMarkSize));
    return scheduler::LedgerAccount{
        std::move(state).value_or(scheduler::AccountState{})};
}

/// Redis was emptied of its scripts since it was told this one.
bool is_unknown(const storage::RedisAnswer& answer) noexcept {
    const auto error = answer.reply ? answer.reply->error() : std::nullopt;
    return error && error->starts_with("NOSCRIPT");
}

}  // namespace

struct RedisLedger::Exchange {
    scheduler::LedgerRequest request;
    Replied replied;
    std::vector<std::string> names;
    std::string mark;

    // What was read, and what is to replace it.
    std::vector<std::string> replaced;  ///< marks; none: it is to be read first
    std::vector<std::string> accounts;
    LedgerTime longest_window{};
    scheduler::LedgerReply reply;
    int turns = 0;

    void make(LedgerTime now, const RedisReply& there);
    std::vector<std::string_view> words(std::string_view command,
                                        std::string_view script,
                                        const std::string& count,
                                        const std::string& life) const;
    std::string life() const {
        const auto life = 2 * longest_window + LedgerTime{kLongestRefusal};
        return std::to_string(life.count());
    }
};

/// The accounts as they are with this request in them.
void RedisLedger::Exchange::make(LedgerTime now, const RedisReply& there) {
    replaced.clear();
    accounts.clear();
    reply = {};
    for (std::size_t index = 0; index < request.accounts.size(); ++index) {
        const auto& report = request.accounts[index];
        const auto bytes = there.at(index).text().value_or(std::string_view{});
        auto account = account_in(bytes);
        reply.grants.push_back(
            account.exchange(report, request.holder, request.number, now));
        if (report.kind == scheduler::AccountKind::Errors) {
            reply.processes = account.processes();
        }
        longest_window = std::max(longest_window, account.state().window);
        replaced.emplace_back(bytes.substr(0, kMarkSize));
        accounts.push_back(mark + scheduler::encode_account(account.state()));
    }
}

std::vector<std::string_view> RedisLedger::Exchange::words(
    std::string_view command,
    std::string_view script,
    const std::string& count,
    const std::string& life) const {
    std::vector<std::string_view> words{command, script, count};
    words.insert(words.end(), names.begin(), names.end());
    if (replaced.empty()) return words;
    words.emplace_back(life);
    for (std::size_t index = 0; index < accounts.size(); ++index) {
        words.emplace_back(replaced[index]);
        words.emplace_back(accounts[index]);
    }
    return words;
}

RedisLedger::RedisLedger(storage::Loop& loop, Settings settings)
    : loop_{loop},
      settings_{std::move(settings)},
      finishing_{loop},
      self_{std::make_shared<RedisLedger*>(this)} {}

RedisLedger::~RedisLedger() {
    *self_ = nullptr;
}

void RedisLedger::connect() {
    storage::RedisConnection::Settings how;
    how.address = settings_.address;
    how.answer_within = settings_.timeout;
    connection_ = std::make_unique<storage::RedisConnection>(
        loop_,
        how,
        storage::RedisConnection::Watcher{.on_up = [this] { learn_script(); },
                                          .on_down = [this](bool) { script_.clear(); },
                                          .on_message = {}});
    connection_->start();
}

void RedisLedger::learn_script() {
    connection_->send({"SCRIPT", "LOAD", kSwap},
                      [this](const storage::RedisAnswer& answer) {
                          if (!answer.is_well()) return;
                          script_ = answer.reply->text().value_or(std::string_view{});
                      });
}

void RedisLedger::exchange(scheduler::LedgerRequest request, Replied replied) {
    if (is_closed_ || request.accounts.empty()) {
        replied(std::nullopt);
        return;
    }
    if (!connection_) connect();
    const auto place = exchanges_.emplace(exchanges_.end());
    place->mark = mark_of(request);
    for (const auto& report : request.accounts) {
        place->names.push_back(name_of(report.key));
    }
    place->request = std::move(request);
    place->replied = std::move(replied);
    send(place);
}

void RedisLedger::send(Place exchange) {
    const bool is_known = !script_.empty();
    const auto count = std::to_string(exchange->names.size());
    const auto life = exchange->life();
    const auto words = exchange->words(is_known ? "EVALSHA" : "EVAL",
                                       is_known ? std::string_view{script_} : kSwap,
                                       count,
                                       life);
    connection_->send(words, [this, exchange](const storage::RedisAnswer& answer) {
        on_answer(exchange, answer);
    });
}

void RedisLedger::on_answer(Place exchange, const storage::RedisAnswer& answer) {
    bool goes_on = false;
    try {
        goes_on = try_go_on(exchange, answer);
    } catch (const std::exception&) {
        goes_on = false;  // out of memory: as if Redis had not answered
    }
    if (!goes_on) end(exchange, std::nullopt);
}

/// False if it cannot go on. Else it may be over.
bool RedisLedger::try_go_on(Place exchange, const storage::RedisAnswer& answer) {
    if (is_unknown(answer) && ++exchange->turns <= kMostTurns) {
        script_.clear();
        send(exchange);
        learn_script();
        return true;
    }
    return answer.is_well() && take_in(exchange, *answer.reply);
}

/// False if what Redis says makes no sense, or others are always faster.
bool RedisLedger::take_in(Place exchange, const RedisReply& reply) {
    if (reply.number() == 1 && !exchange->replaced.empty()) {
        end(exchange, std::move(exchange->reply));
        return true;
    }
    if (reply.size() != 3 || reply.at(2).size() != exchange->names.size()) return false;
    const auto now = time_in(reply);
    if (!now || ++exchange->turns > kMostTurns) return false;
    exchange->make(*now, reply.at(2));
    send(exchange);
    return true;
}

void RedisLedger::end(Place exchange, std::optional<scheduler::LedgerReply> reply) {
    const auto replied = std::move(exchange->replied);
    exchanges_.erase(exchange);
    // Whoever is told may ask again, or close.
    replied(std::move(reply));
    if (is_closed_ && exchanges_.empty()) end_connection();
}

void RedisLedger::finish(const std::function<void()>& done) {
    is_closed_ = true;
    done_ = done;
    if (exchanges_.empty()) {
        end_connection();
        return;
    }
    finishing_.expires_after(settings_.finishing);
    finishing_.async_wait([self = self_](const auto& error) {
        if (!error && *self != nullptr) (*self)->end_connection();
    });
}

void RedisLedger::end_connection() {
    const auto done = std::exchange(done_, nullptr);
    if (!done) return;
    finishing_.cancel();
    // Not from a connection's own call: it may not be closed there.
    boost::asio::post(loop_, [self = self_, done] {
        if (*self != nullptr && (*self)->connection_) (*self)->connection_->close();
        done();
    });
}

}  // namespace pyesi::engine

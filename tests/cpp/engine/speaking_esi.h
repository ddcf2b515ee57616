#pragma once

#include "base/time.h"
#include "http/http_date.h"
#include "transport/transfer.h"

#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace pyesi::engine {

/// What an answer depends on. `agent` is empty where it does not depend on that.
struct Whose {
    std::string identity;
    std::string language;
    std::string agent;
    std::string target;

    auto operator<=>(const Whose&) const = default;

    std::string text() const {
        return identity + '|' + language + '|' + agent + '|' + target;
    }
};

inline bool ends_with_any(std::string_view target, std::string_view digits) {
    return digits.find(target.back()) != std::string_view::npos;
}

/// Of ten targets three vary by who asks with what program, and three are large.
inline bool varies_by_agent(std::string_view target) {
    return ends_with_any(target, "258");
}
inline bool is_large(std::string_view target) {
    return ends_with_any(target, "147");
}

inline Whose whose_of(const transport::TransferRequest& request,
                      std::string_view base_url) {
    constexpr std::string_view kBearer = "Bearer ";
    Whose whose;
    const auto bearer = request.headers.find("Authorization").value_or(kBearer);
    whose.identity = bearer.substr(kBearer.size());
    whose.language = request.common_headers->find("Accept-Language").value_or("en");
    whose.target = request.url.substr(base_url.size());
    if (varies_by_agent(whose.target)) {
        whose.agent = request.common_headers->find("User-Agent").value_or("");
    }
    return whose;
}

/// An ESI each of whose answers says, in its body and in a field, whose it is. Its
/// tags are alike for all of them, as ESI's may be: who sends another's tag is told
/// that nothing has changed.
class SpeakingEsi {
public:
    struct Manner {
        int status = 200;
        int lifetime = 60;  ///< seconds
        std::string_view cache_control = "public";
    };

    /// The answer's content has changed.
    void change(const Whose& whose) { ++versions_[whose]; }

    transport::TransferReply reply(const transport::TransferRequest& request,
                                   const Whose& whose,
                                   base::WallTime now,
                                   const Manner& manner) const {
        transport::TransferReply reply;
        const auto tag = tag_of(whose);
        const bool unchanged = request.headers.find("If-None-Match") == tag;
        reply.status = manner.status == 200 && unchanged ? 304 : manner.status;
        append_times(reply.headers, now, manner);
        if (varies_by_agent(whose.target)) reply.headers.append("Vary", "User-Agent");
        if (manner.status == 200) reply.headers.append("ETag", tag);
        if (reply.status == 304) return reply;
        reply.headers.append("X-Whose", whose.text());
        if (request.method != http::Method::Head) reply.body = body_of(whose);
        return reply;
    }

private:
    std::string tag_of(const Whose& whose) const {
        return "\"version-" + std::to_string(version_of(whose)) + '"';
    }

    int version_of(const Whose& whose) const {
        const auto known = versions_.find(whose);
        return known == versions_.end() ? 0 : known->second;
    }

    base::Bytes body_of(const Whose& whose) const {
        auto text = whose.text() + '#' + std::to_string(version_of(whose));
        if (is_large(whose.target)) text.resize(20'000, ' ');
        return base::Bytes{text};
    }

    static void append_times(http::Headers& headers,
                             base::WallTime now,
                             const Manner& manner) {
        headers.append("Date", http::format_http_date(now));
        headers.append("Cache-Control", manner.cache_control);
        if (manner.status != 200) return;
        const auto expires = now + std::chrono::seconds{manner.lifetime};
        headers.append("Expires", http::format_http_date(expires));
    }

    std::map<Whose, int> versions_;
};

/// What was told of how long an answer is fresh, so that it can be seen who asks
/// before that.
class Promises {
public:
    struct Key {
        Whose whose;  ///< without the agent
        http::Method method;

        auto operator<=>(const Key&) const = default;
    };

    static Key key_of(Whose whose, http::Method method) {
        whose.agent.clear();
        return {std::move(whose), method};
    }

    struct Promise {
        base::TimePoint until;
        bool is_written = false;  ///< somewhere that outlives the process
        std::string agent{};
    };

    void set(const Whose& whose, http::Method method, Promise promise) {
        promise.agent = whose.agent;
        held_[key_of(whose, method)] = std::move(promise);
    }
    void drop(const Whose& whose, http::Method method) {
        held_.erase(key_of(whose, method));
    }
    void drop_target(const std::string& target) {
        std::erase_if(
            held_, [&](const auto& held) { return held.first.whose.target == target; });
    }
    void drop_identity(const std::string& identity) {
        std::erase_if(held_, [&](const auto& held) {
            return held.first.whose.identity == identity;
        });
    }
    void drop_unwritten() {
        std::erase_if(held_, [](const auto& held) { return !held.second.is_written; });
    }
    void clear() { held_.clear(); }

    bool is_broken_by(const Whose& whose,
                      http::Method method,
                      base::TimePoint now) const {
        const auto held = held_.find(key_of(whose, method));
        if (held == held_.end()) return false;
        return held->second.agent == whose.agent && now < held->second.until;
    }

private:
    std::map<Key, Promise> held_;
};

}  // namespace pyesi::engine

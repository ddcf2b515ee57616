#include "transport/curl_lanes.h"

#include "http/url.h"

#include <algorithm>
#include <cstddef>

namespace pyesi::transport {

namespace {

bool ends_origin(char c) noexcept {
    return c == '/' || c == '?' || c == '#';
}

// What stands before path and query in an absolute URL.
std::string_view origin_of(std::string_view url) noexcept {
    const auto scheme_end = url.find("//");
    if (scheme_end == std::string_view::npos) return url;
    const auto* const after = url.begin() + static_cast<std::ptrdiff_t>(scheme_end + 2);
    return {url.begin(), std::find_if(after, url.end(), ends_origin)};
}

}  // namespace

void CurlLane::begin_connecting(base::TimePoint now) noexcept {
    if (connecting_since == base::TimePoint::max()) connecting_since = now;
}

base::TimePoint CurlLane::connect_due(const Transfer& transfer) const noexcept {
    return std::max(transfer.entered_at, connecting_since) +
           transfer.request.timeouts.connect;
}

CurlLanes::CurlLanes(const TransportSettings& settings,
                     ConnectionPool& pool,
                     ExchangeListener& listener)
    : settings_{settings}, pool_{pool}, listener_{listener} {}

CurlLane* CurlLanes::find(Transfer& transfer) {
    const std::string_view url = transfer.request.url;
    const bool is_last = last_ != nullptr && url.starts_with(last_text_) &&
                         url.size() > last_text_.size() &&
                         ends_origin(url[last_text_.size()]);
    if (!is_last && !find_by_text(origin_of(url))) return nullptr;
    transfer.target = last_text_.size();
    return last_;
}

CurlExchange& CurlLanes::take_exchange(CurlLane& lane) {
    if (lane.idle.empty()) {
        return lane.exchanges.emplace_back(settings_, lane.lane.origin, listener_);
    }
    CurlExchange& exchange = *lane.idle.back();
    lane.idle.pop_back();
    return exchange;
}

void CurlLanes::drop_exchanges() noexcept {
    for (auto& lane : lanes_) {
        lane.idle.clear();
        lane.exchanges.clear();
    }
}

bool CurlLanes::find_by_text(std::string_view origin) {
    auto known = by_text_.find(origin);
    if (known == by_text_.end()) {
        CurlLane* made = make(origin);
        if (made == nullptr) return false;
        known = by_text_.emplace(origin, made).first;
    }
    last_text_ = known->first;
    last_ = known->second;
    return true;
}

CurlLane* CurlLanes::make(std::string_view origin) {
    const auto url = http::parse_url(origin);
    if (!url) return nullptr;
    Lane& lane = pool_.lane(http::origin(*url));
    const auto known = std::ranges::find_if(
        lanes_, [&](const CurlLane& other) { return &other.lane == &lane; });
    if (known != lanes_.end()) return &*known;
    return &lanes_.emplace_back(CurlLane{lane, {}, {}, {}});
}

}  // namespace pyesi::transport

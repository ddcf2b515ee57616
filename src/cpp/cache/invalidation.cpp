#include "cache/invalidation.h"

#include "http/status.h"
#include "http/url_reference.h"

#include <algorithm>
#include <string>
#include <utility>

namespace pyesi::cache {

bool outdates(const Change& change) noexcept {
    if (http::is_safe(change.method) || change.catalog_read) return false;
    return change.status >= 200 && change.status < 400;
}

std::vector<http::Url> outdated_urls(const Change& change,
                                     const http::Url& asked,
                                     const http::Headers& answer) {
    if (!outdates(change)) return {};
    std::vector<http::Url> urls{asked};
    const auto query = asked.target.find('?');
    if (query != std::string::npos) {
        urls.push_back(asked);
        urls.back().target.resize(query);
    }
    for (const auto* name : {"location", "content-location"}) {
        const auto field = answer.find(name);
        if (!field) continue;
        auto url = http::resolve_reference(asked, *field);
        if (!url || !http::same_origin(*url, asked)) continue;
        if (std::ranges::find(urls, *url) == urls.end())
            urls.push_back(*std::move(url));
    }
    return urls;
}

}  // namespace pyesi::cache

#include "engine/upstream_set.h"

#include <algorithm>

namespace pyesi::engine {

std::string UpstreamSet::name() const {
    std::vector<std::string> parts;
    parts.reserve(members.size());
    for (const auto& member : members) {
        parts.push_back(member.base_url + (member.trusted ? " trusted" : ""));
    }
    std::ranges::sort(parts);
    std::string name;
    for (const auto& part : parts) name.append(name.empty() ? "" : ", ").append(part);
    return name;
}

}  // namespace pyesi::engine

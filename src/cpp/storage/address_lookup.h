#pragma once

#include "storage/loop_queue.h"

#include <boost/asio/generic/stream_protocol.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pyesi::storage {

using Endpoint = boost::asio::generic::stream_protocol::endpoint;
using Endpoints = std::vector<Endpoint>;

/// Finds out where a host's name leads, on a thread that nobody waits for: once begun,
/// the system's look-up can take many seconds and cannot be ended.
///
/// Thread: network thread only.
class AddressLookup {
public:
    using Found = std::function<void(Endpoints)>;

    explicit AddressLookup(Loop& loop);

    /// Forgets what is under way.
    ~AddressLookup();
    AddressLookup(const AddressLookup&) = delete;
    AddressLookup& operator=(const AddressLookup&) = delete;

    /// Calls `found` later, on the network thread, unless this is gone by then or has
    /// been asked again. Empty if there is no such host.
    void start(const std::string& host, std::uint16_t port, Found found);

private:
    /// What the thread may touch, whether we are there or not.
    struct Gate {
        std::mutex mutex;
        Loop* loop = nullptr;
        AddressLookup* owner = nullptr;  ///< the network thread's
        std::uint64_t question = 0;      ///< the network thread's
    };

    static void ask(const std::shared_ptr<Gate>& gate,
                    std::uint64_t question,
                    const std::string& host,
                    std::uint16_t port) noexcept;

    std::shared_ptr<Gate> gate_;  // shared with threads that may outlive us
    Found found_;
};

/// The address that `host` spells out; empty if it is a name.
Endpoints spelt_address(const std::string& host, std::uint16_t port);

}  // namespace pyesi::storage

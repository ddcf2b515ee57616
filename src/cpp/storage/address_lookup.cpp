#include "storage/address_lookup.h"

#include <netdb.h>
#include <sys/socket.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <system_error>
#include <thread>
#include <utility>

namespace pyesi::storage {

namespace {

struct FreeAddresses {
    void operator()(addrinfo* addresses) const noexcept { freeaddrinfo(addresses); }
};

Endpoints addresses_of(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* first = nullptr;
    const auto service = std::to_string(port);
    if (getaddrinfo(host.c_str(), service.c_str(), &hints, &first) != 0) return {};
    const std::unique_ptr<addrinfo, FreeAddresses> held{first};
    Endpoints found;
    for (const auto* at = first; at != nullptr; at = at->ai_next) {
        found.emplace_back(at->ai_addr, at->ai_addrlen, IPPROTO_TCP);
    }
    return found;
}

}  // namespace

AddressLookup::AddressLookup(Loop& loop) : gate_{std::make_shared<Gate>()} {
    gate_->loop = &loop;
    gate_->owner = this;
}

AddressLookup::~AddressLookup() {
    gate_->owner = nullptr;
    const std::lock_guard lock{gate_->mutex};
    gate_->loop = nullptr;
}

void AddressLookup::start(const std::string& host, std::uint16_t port, Found found) {
    found_ = std::move(found);
    const auto question = ++gate_->question;
    try {
        std::thread{[gate = gate_, question, host, port] {
            ask(gate, question, host, port);
        }}.detach();
    } catch (const std::system_error&) {
        // No thread to be had: as if there were no such host.
        boost::asio::post(*gate_->loop, [gate = gate_, question] {
            if (gate->owner == nullptr || gate->question != question) return;
            gate->owner->found_({});
        });
    }
}

void AddressLookup::ask(const std::shared_ptr<Gate>& gate,
                        std::uint64_t question,
                        const std::string& host,
                        std::uint16_t port) noexcept {
    try {
        auto endpoints = addresses_of(host, port);
        const std::lock_guard lock{gate->mutex};
        if (gate->loop == nullptr) return;
        boost::asio::post(*gate->loop,
                          [gate, question, found = std::move(endpoints)]() mutable {
                              if (gate->owner == nullptr || gate->question != question)
                                  return;
                              gate->owner->found_(std::move(found));
                          });
    } catch (...) {
        // Out of memory: whoever asked has a time-out.
        return;
    }
}

Endpoints spelt_address(const std::string& host, std::uint16_t port) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (error) return {};
    return {boost::asio::ip::tcp::endpoint{address, port}};
}

}  // namespace pyesi::storage

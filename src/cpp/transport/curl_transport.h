#pragma once

#include "transport/transport.h"
#include "transport/transport_settings.h"

#include <memory>

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming)
}

namespace pyesi::transport {

class CurlMulti;

/// The network by libcurl: HTTP/1.1, and HTTP/2 over TLS where the server offers
/// it. The event loop is handed in; whoever runs it is the network thread.
///
/// Thread: network thread only. Made and destroyed on it, or while nobody runs
/// the loop. Not to be destroyed from inside a completion.
class CurlTransport final : public Transport {
public:
    /// Throws std::runtime_error if libcurl cannot be initialised.
    CurlTransport(boost::asio::io_context& loop, TransportSettings settings);
    ~CurlTransport() override;

    TransferId start(TransferRequest&& request, Completion done) override;
    void stop(TransferId id) noexcept override;
    PoolStatistics statistics() const override;
    void close() override;

    /// In a forked child: lets go of everything without touching it, since the
    /// sockets and the loop are the parent's. No completion is called, and
    /// nothing but the destructor may be called afterwards.
    void abandon() noexcept;

private:
    std::unique_ptr<CurlMulti> multi_;
};

}  // namespace pyesi::transport

#include "transport/curl_transport.h"

#include "transport/curl_multi.h"

#include <utility>

namespace pyesi::transport {

CurlTransport::CurlTransport(boost::asio::io_context& loop, TransportSettings settings)
    : multi_{std::make_unique<CurlMulti>(loop, std::move(settings))} {}

CurlTransport::~CurlTransport() = default;

TransferId CurlTransport::start(TransferRequest&& request, Completion done) {
    return multi_->start(std::move(request), done);
}

void CurlTransport::stop(TransferId id) noexcept {
    multi_->stop(id);
}

PoolStatistics CurlTransport::statistics() const {
    return multi_->statistics();
}

void CurlTransport::close() {
    multi_->close();
}

void CurlTransport::abandon() noexcept {
    // What destruction would close is the parent's.
    [[maybe_unused]] const CurlMulti* leaked = multi_.release();
}

}  // namespace pyesi::transport

#include "server/listener.h"

namespace refrain::server {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<void> listen_on(tcp::acceptor& acceptor, const std::string& host, std::uint16_t port) {
    const std::string place = host + ":" + std::to_string(port);
    boost::system::error_code failed;
    tcp::resolver resolver(acceptor.get_executor());
    const auto found =
        resolver.resolve(host, std::to_string(port),
                         tcp::resolver::passive | tcp::resolver::numeric_service, failed);
    if (failed || found.empty()) {
        return Error{ErrorCode::kInvalidArgument, place + " is no address: " + failed.message()};
    }
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor.open(endpoint.protocol(), failed);
    acceptor.set_option(asio::socket_base::reuse_address(true), failed);
    acceptor.bind(endpoint, failed);
    if (!failed) {
        acceptor.listen(asio::socket_base::max_listen_connections, failed);
    }
    if (failed) {
        return Error{ErrorCode::kUnreadable, "cannot listen on " + place + ": " + failed.message()};
    }
    // Asio does not close descriptors when a program is started; decoders are such programs.
    ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
    return {};
}

}  // namespace refrain::server

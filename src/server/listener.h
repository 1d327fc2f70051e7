#pragma once

#include <fcntl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "refrain/result.h"

/// What both servers do before they have a connection.
namespace refrain::server {

/// Opens the acceptor at an address, or at the first that a name stands for; port 0: one that the
/// kernel chooses.
///
/// @error kInvalidArgument  the host is no address and no name
/// @error kUnreadable       the address cannot be listened on
[[nodiscard]] Result<void> listen_on(boost::asio::ip::tcp::acceptor& acceptor,
                                     const std::string& host,
                                     std::uint16_t port);

/// Hands each connection to `take(core, socket, address of the client)`, until the acceptor is
/// closed.
///
/// @param core           owns `acceptor` and `io`; is kept meanwhile
/// @param make_executor  gives what a connection runs on, from `io`
template <typename Core, typename MakeExecutor, typename Take>
void accept_each(const std::shared_ptr<Core>& core, MakeExecutor make_executor, Take take) {
    namespace asio = boost::asio;
    core->acceptor.async_accept(
        make_executor(core->io),
        [core, make_executor, take](const boost::system::error_code& failed,
                                    asio::ip::tcp::socket socket) {
            if (failed == asio::error::operation_aborted || !core->acceptor.is_open()) {
                return;
            }
            if (failed) {
                // Too many open files, say: the listener is not to spin.
                auto pause =
                    std::make_shared<asio::steady_timer>(core->io, std::chrono::milliseconds(100));
                pause->async_wait([core, make_executor, take, pause](const auto& ended) {
                    if (!ended) {
                        accept_each(core, make_executor, take);
                    }
                });
                return;
            }
            // Asio does not close descriptors when a program is started; decoders are such
            // programs.
            ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
            boost::system::error_code ignored;
            const std::string client = socket.remote_endpoint(ignored).address().to_string();
            take(core, std::move(socket), client);
            accept_each(core, make_executor, take);
        });
}

}  // namespace refrain::server

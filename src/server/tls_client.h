#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace refrain::server {

/// Trusts the authorities that the machine trusts. `failed` says what went wrong.
[[nodiscard]] boost::asio::ssl::context machine_trust(boost::system::error_code& failed);

/// Has the handshake name this host, and accept no certificate of another.
void expect_host(boost::beast::ssl_stream<boost::beast::tcp_stream>& stream,
                 const std::string& host,
                 boost::system::error_code& failed);

}  // namespace refrain::server

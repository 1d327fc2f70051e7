#include "server/tls_client.h"

#include <array>

#include <arpa/inet.h>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace refrain::server {

namespace {

bool is_address(const std::string& host) {
    std::array<unsigned char, 16> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

boost::asio::ssl::context machine_trust(boost::system::error_code& failed) {
    boost::asio::ssl::context trust(boost::asio::ssl::context::tls_client);
    trust.set_default_verify_paths(failed);
    if (!failed) {
        trust.set_verify_mode(boost::asio::ssl::verify_peer, failed);
    }
    return trust;
}

void expect_host(boost::beast::ssl_stream<boost::beast::tcp_stream>& stream,
                 const std::string& host,
                 boost::system::error_code& failed) {
    stream.set_verify_callback(boost::asio::ssl::host_name_verification(host), failed);
    if (failed || is_address(host)) {
        return;  // RFC 6066: an address is not named
    }
    // What the macro SSL_set_tlsext_host_name does, without its cast of C.
    std::string name = host;
    if (SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 name.data()) != 1) {
        failed = boost::asio::error::invalid_argument;
    }
}

}  // namespace refrain::server

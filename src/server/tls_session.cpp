#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "server/session.h"

namespace refrain::server {

namespace {

/// A stream and what it borrows from: the certificate may be replaced meanwhile.
struct CertifiedStream : beast::ssl_stream<beast::tcp_stream> {
    CertifiedStream(beast::tcp_stream below, std::shared_ptr<asio::ssl::context> context)
        : beast::ssl_stream<beast::tcp_stream>(std::move(below), *context),
          certificate(std::move(context)) {}

    std::shared_ptr<asio::ssl::context> certificate;
};

}  // namespace

void serve_tls(const std::shared_ptr<ServerCore>& core,
               asio::ip::tcp::socket socket,
               const std::string& client) {
    std::shared_ptr<asio::ssl::context> context;
    {
        const std::scoped_lock lock(core->mutex);
        context = core->tls;
    }
    std::make_shared<Session<CertifiedStream>>(
        core, CertifiedStream(beast::tcp_stream(std::move(socket)), std::move(context)), client)
        ->start();
}

}  // namespace refrain::server

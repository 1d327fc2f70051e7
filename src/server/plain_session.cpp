#include <memory>
#include <utility>

#include "server/session.h"

namespace refrain::server {

void serve_plain(const std::shared_ptr<ServerCore>& core,
                 asio::ip::tcp::socket socket,
                 const std::string& client) {
    std::make_shared<Session<beast::tcp_stream>>(core, beast::tcp_stream(std::move(socket)), client)
        ->start();
}

}  // namespace refrain::server

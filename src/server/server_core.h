#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "server/http_server.h"
#include "server/rate_limit.h"

namespace refrain::server {

/// A connection, as the server sees it.
class LiveConnection {
  public:
    LiveConnection() = default;
    LiveConnection(const LiveConnection&) = delete;
    LiveConnection& operator=(const LiveConnection&) = delete;
    virtual ~LiveConnection() = default;

    /// Ends it if it is between two requests; with kNow in any case. From any thread.
    enum class When { kIdle, kNow };
    virtual void end(When when) = 0;
};

/// What all connections share. Thread safety: safe to share.
struct ServerCore : std::enable_shared_from_this<ServerCore> {
    ServerCore(const ServerOptions& chosen, const Router& routes)
        : options(chosen),
          router(routes),
          rate(chosen.requests_per_second, chosen.request_burst),
          io(std::max(1, chosen.io_threads)),
          acceptor(io) {}

    ServerOptions options;
    const Router& router;
    std::shared_ptr<Spool> spool;
    ServerHooks hooks;
    RateLimit rate;
    std::string id_prefix;  ///< of request ids: differs from one start to the next
    std::atomic<std::uint64_t> next_id = 1;
    std::atomic<bool> is_draining = false;

    boost::asio::io_context io;
    boost::asio::ip::tcp::acceptor acceptor;

    std::mutex mutex;  ///< for what follows
    std::condition_variable changed;
    std::uint64_t next_connection = 0;
    std::map<std::uint64_t, std::weak_ptr<LiveConnection>> live;
    std::map<std::string, std::size_t> per_client;
    std::shared_ptr<boost::asio::ssl::context> tls;  ///< null: no TLS

    std::vector<std::jthread> threads;
};

/// Serves one connection to its end. `client` is its address.
void serve_plain(const std::shared_ptr<ServerCore>& core,
                 boost::asio::ip::tcp::socket socket,
                 const std::string& client);
void serve_tls(const std::shared_ptr<ServerCore>& core,
               boost::asio::ip::tcp::socket socket,
               const std::string& client);

}  // namespace refrain::server

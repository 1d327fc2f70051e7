#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "refrain/result.h"

#include "server/body.h"
#include "server/router.h"
#include "server/spool.h"

namespace refrain::server {

/// Where a server listens and what it bears. Thread safety: a value.
struct ServerOptions {
    std::string host = "127.0.0.1";  ///< an address, or a name that stands for one
    std::uint16_t port = 0;          ///< 0: one that the kernel chooses
    int io_threads = 1;
    std::string tls_certificate;  ///< file of a chain in PEM; empty: no TLS
    std::string tls_key;          ///< file of its key in PEM

    std::size_t max_header_bytes = 16U << 10;
    std::size_t max_connections = 2048;
    std::size_t max_connections_per_client = 1024;
    BodyLimits body;
    double requests_per_second = 0;  ///< of one client address; 0: no limit
    double request_burst = 100;

    std::chrono::milliseconds header_deadline{10'000};  ///< from its first byte to its last
    std::chrono::milliseconds idle_deadline{75'000};    ///< between two requests
    std::chrono::milliseconds pause_deadline{10'000};   ///< between two pieces of a body
    std::uint64_t least_bytes_per_second = 1024;        ///< of a body or answer, on average
    std::chrono::milliseconds drain_deadline{30'000};   ///< of requests in work at the end
};

/// What the server asks of and tells its owner. Called from I/O threads, several at once.
struct ServerHooks {
    /// Decides on a request before its body is read, and names the caller. An answer refuses.
    std::function<std::optional<Response>(Request&, const Route&)> gate;
    /// A request is over. `pattern` is that of its route, or empty.
    std::function<void(const Request&, const std::string& pattern, int status, double seconds)>
        done;
    std::function<void(const std::string& line)> warn;
};

struct ServerCore;

/// An HTTP/1.1 server. Connections are kept alive and have deadlines; bodies go to the spool and
/// never to memory as a whole; the work of a request whose client has gone is told to stop.
///
/// Thread safety: safe to share.
class HttpServer {
  public:
    /// @param router  borrowed; must outlive the server
    /// @error kInvalidArgument  the host or the certificate does not fit
    /// @error kUnreadable       the address cannot be listened on
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(
        const ServerOptions& options,
        const Router& router,
        const std::shared_ptr<Spool>& spool,
        ServerHooks hooks);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    HttpServer(HttpServer&&) = delete;
    HttpServer& operator=(HttpServer&&) = delete;
    /// Closes all connections at once.
    ~HttpServer();

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t connections() const;

    /// Reads certificate and key again; new connections get them. An error changes nothing.
    [[nodiscard]] Result<void> reload_certificate();

    /// Takes no more connections, ends those that are idle, and waits for requests in work up to
    /// the deadline; then closes all. @return whether every request got its answer
    bool drain();

  private:
    explicit HttpServer(std::shared_ptr<ServerCore> core);

    std::shared_ptr<ServerCore> core_;
};

}  // namespace refrain::server

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "refrain/result.h"

#include "server/spool.h"

namespace refrain::server {

/// Where a ClamdServer listens and what it bears. Thread safety: a value.
struct ClamdOptions {
    std::string host = "127.0.0.1";  ///< an address
    std::uint16_t port = 0;          ///< 0: one that the kernel chooses
    std::size_t max_connections = 64;
    std::uint64_t max_bytes = 2ULL << 30;              ///< of one stream
    std::chrono::milliseconds idle_deadline{30'000};   ///< for the next command of a session
    std::chrono::milliseconds pause_deadline{10'000};  ///< between two pieces of a stream or answer
    std::chrono::milliseconds drain_deadline{30'000};  ///< of streams in work at the end
    std::string version;                               ///< the answer to VERSION
};

/// A stream that has arrived. Thread safety: a value.
struct ClamdStream {
    std::shared_ptr<SpoolFile> file;
    std::string client;    ///< address
    std::stop_token gone;  ///< stopped once the client is no longer there
};

/// Takes the answer to one stream, from any thread; the first call counts. It is what follows
/// `stream: `: `OK`, `NAME FOUND` or `TEXT ERROR`.
using ClamdReply = std::function<void(std::string)>;

/// Decides on a stream. Runs on the I/O thread and must not wait there.
using ClamdScan = std::function<void(const ClamdStream&, const ClamdReply&)>;

struct ClamdCore;

/// The part of ClamAV's daemon protocol that upload filters speak: PING, VERSION, INSTREAM, and
/// IDSESSION with END around them, each with the prefix `z` (ended by NUL), `n` or none (ended by a
/// newline). Anything else is answered `UNKNOWN COMMAND`. Source: the manual page clamd(8).
///
/// The protocol has no keys: whoever reaches the port may ask. Streams go to the spool and never to
/// memory as a whole. One I/O thread. Thread safety: safe to share.
class ClamdServer {
  public:
    /// @error kInvalidArgument  the host is no address
    /// @error kUnreadable       the address cannot be listened on
    [[nodiscard]] static Result<std::unique_ptr<ClamdServer>>
    start(const ClamdOptions& options, const std::shared_ptr<Spool>& spool, ClamdScan scan);
    ClamdServer(const ClamdServer&) = delete;
    ClamdServer& operator=(const ClamdServer&) = delete;
    ClamdServer(ClamdServer&&) = delete;
    ClamdServer& operator=(ClamdServer&&) = delete;
    /// Closes all connections at once.
    ~ClamdServer();

    [[nodiscard]] std::uint16_t port() const;

    /// Takes no more connections and waits for streams in work up to the deadline; then closes all.
    void drain();

  private:
    explicit ClamdServer(std::shared_ptr<ClamdCore> core);

    std::shared_ptr<ClamdCore> core_;
};

}  // namespace refrain::server

#include "server/clamd_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <poll.h>

#include "server/listener.h"

namespace refrain::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using BoostError = boost::system::error_code;

/// A connection, as the server sees it.
struct LiveStream {
    beast::tcp_stream* stream = nullptr;
    bool is_idle = false;  ///< waits for a command
};

/// What all connections share. Everything but `drain` runs on the one I/O thread.
struct ClamdCore {
    explicit ClamdCore(ClamdOptions chosen) : options(std::move(chosen)), acceptor(io) {}

    ClamdOptions options;
    std::shared_ptr<Spool> spool;
    ClamdScan scan;
    asio::io_context io;
    tcp::acceptor acceptor;
    std::mutex mutex;  ///< for what follows
    std::condition_variable changed;
    std::map<std::uint64_t, LiveStream> live;
    std::uint64_t next = 0;
    bool is_draining = false;
    std::jthread thread;
};

namespace {

constexpr std::size_t kLongestCommand = 64;
constexpr std::size_t kPiece = 64U << 10;

/// A command, and how its answer ends.
struct Command {
    std::string word;
    char end = '\n';
};

/// One connection, from its first byte to its last.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(std::shared_ptr<ClamdCore> core, tcp::socket socket, std::string client)
        : core_(std::move(core)), stream_(std::move(socket)), client_(std::move(client)) {
        const std::scoped_lock lock(core_->mutex);
        number_ = core_->next++;
        core_->live[number_] = {&stream_, false};
        is_refused_ = core_->live.size() > core_->options.max_connections;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        const std::scoped_lock lock(core_->mutex);
        core_->live.erase(number_);
        core_->changed.notify_all();
    }

    asio::awaitable<void> run() {
        if (is_refused_) {
            co_await write("COMMAND READ TIMED OUT: too many connections ERROR\n");
            co_return;
        }
        bool goes_on = true;
        while (goes_on) {
            const std::optional<Command> command = co_await read_command();
            if (!command) {
                co_return;
            }
            goes_on = co_await serve(*command) && is_session_;
        }
    }

  private:
    [[nodiscard]] static auto into(BoostError& failed) {
        return asio::redirect_error(asio::use_awaitable, failed);
    }

    /// @return whether there are more bytes in `buffer_`
    asio::awaitable<bool> read_some(std::chrono::milliseconds deadline) {
        BoostError failed;
        std::array<char, kPiece> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init)
        stream_.expires_after(deadline);
        const std::size_t count =
            co_await stream_.async_read_some(asio::buffer(piece), into(failed));
        buffer_.append(piece.data(), count);
        co_return !failed && count > 0;
    }

    asio::awaitable<std::optional<Command>> read_command() {
        Command command;
        for (;;) {
            if (!buffer_.empty()) {
                const bool is_z = buffer_.front() == 'z';
                command.end = is_z ? '\0' : '\n';
                const std::size_t end = buffer_.find(command.end);
                if (end != std::string::npos && end <= kLongestCommand) {
                    const std::size_t prefix = is_z || buffer_.front() == 'n' ? 1 : 0;
                    command.word = buffer_.substr(prefix, end - prefix);
                    if (!command.word.empty() && command.word.back() == '\r') {
                        command.word.pop_back();
                    }
                    buffer_.erase(0, end + 1);
                    co_return command;
                }
                if (buffer_.size() > kLongestCommand) {
                    co_await write("UNKNOWN COMMAND\n");
                    co_return std::nullopt;
                }
            }
            if (!set_idle(true) || !co_await read_some(core_->options.idle_deadline)) {
                co_return std::nullopt;
            }
            set_idle(false);
        }
    }

    /// @return false: the server is about to end
    bool set_idle(bool is_idle) {
        const std::scoped_lock lock(core_->mutex);
        core_->live[number_].is_idle = is_idle;
        return !core_->is_draining;
    }

    /// @return whether the connection can go on
    asio::awaitable<bool> serve(const Command& command) {
        if (command.word == "IDSESSION") {
            is_session_ = true;
            co_return true;
        }
        if (command.word == "END") {
            co_return false;
        }
        ++commands_;
        bool goes_on = true;
        std::string answer = "UNKNOWN COMMAND";
        if (command.word == "PING") {
            answer = "PONG";
        } else if (command.word == "VERSION") {
            answer = core_->options.version;
        } else if (command.word == "INSTREAM") {
            const auto file = co_await read_stream(answer);
            goes_on = file != nullptr;
            if (file) {
                const std::optional<std::string> scanned = co_await scan(file);
                if (!scanned) {
                    co_return false;
                }
                answer = "stream: " + *scanned;
            }
        }
        const std::string number = is_session_ ? std::to_string(commands_) + ": " : "";
        co_return co_await write(number + answer + command.end) && goes_on;
    }

    /// Reads the pieces of a stream. @return null: `problem` says why there is none
    asio::awaitable<std::shared_ptr<SpoolFile>> read_stream(std::string& problem) {
        auto made = core_->spool->make_file();
        if (!made) {
            problem = "INSTREAM: " + made.error().message + " ERROR";
            co_return nullptr;
        }
        const std::shared_ptr<SpoolFile> file = *made;
        problem = "INSTREAM: the stream ended early ERROR";
        for (;;) {
            while (buffer_.size() < sizeof(std::uint32_t)) {
                if (!co_await read_some(core_->options.pause_deadline)) {
                    co_return nullptr;
                }
            }
            std::uint64_t left = length_at_front();
            buffer_.erase(0, sizeof(std::uint32_t));
            if (left == 0) {
                co_return file;
            }
            if (file->size() + left > core_->options.max_bytes) {
                problem = "INSTREAM size limit exceeded. ERROR";
                co_return nullptr;
            }
            while (left > 0) {
                if (buffer_.empty() && !co_await read_some(core_->options.pause_deadline)) {
                    co_return nullptr;
                }
                const auto count =
                    static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size()));
                const auto written = file->write(std::string_view(buffer_).substr(0, count));
                if (!written) {
                    problem = "INSTREAM: " + written.error().message + " ERROR";
                    co_return nullptr;
                }
                buffer_.erase(0, count);
                left -= count;
            }
        }
    }

    /// Of the piece that follows: four bytes, the most significant first.
    [[nodiscard]] std::uint32_t length_at_front() const {
        std::uint32_t length = 0;
        for (std::size_t i = 0; i < sizeof length; ++i) {
            length = (length << 8U) | static_cast<unsigned char>(buffer_[i]);
        }
        return length;
    }

    struct Pending {
        explicit Pending(asio::io_context& io) : wakes(io) {}
        asio::steady_timer wakes;
        std::optional<std::string> answer;
        std::stop_source gone;
    };

    /// Has the stream scanned. Looks meanwhile whether the client is still there.
    /// @return nothing where it is not
    asio::awaitable<std::optional<std::string>> scan(const std::shared_ptr<SpoolFile>& file) {
        constexpr std::chrono::milliseconds kLook{250};
        const auto pending = std::make_shared<Pending>(core_->io);
        stream_.expires_never();
        core_->scan({file, client_, pending->gone.get_token()},
                    [core = core_, pending](std::string answer) {
                        asio::post(core->io, [pending, given = std::move(answer)]() mutable {
                            if (!pending->answer) {
                                pending->answer = std::move(given);
                                pending->wakes.cancel();
                            }
                        });
                    });
        while (!pending->answer) {
            BoostError woken;
            pending->wakes.expires_after(kLook);
            co_await pending->wakes.async_wait(into(woken));
            if (!pending->answer && is_gone()) {
                pending->gone.request_stop();
                co_return std::nullopt;
            }
        }
        co_return std::move(pending->answer);
    }

    [[nodiscard]] bool is_gone() {
        if (!stream_.socket().is_open()) {
            return true;
        }
        pollfd look{stream_.socket().native_handle(), 0, 0};
        return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLHUP | POLLERR)) != 0;
    }

    asio::awaitable<bool> write(std::string text) {
        BoostError failed;
        std::size_t written = 0;
        while (!failed && written < text.size()) {
            stream_.expires_after(core_->options.pause_deadline);
            written += co_await stream_.async_write_some(
                asio::buffer(text.data() + written, text.size() - written), into(failed));
        }
        co_return !failed;
    }

    std::shared_ptr<ClamdCore> core_;
    beast::tcp_stream stream_;
    std::string client_;
    std::uint64_t number_ = 0;
    bool is_refused_ = false;
    bool is_session_ = false;
    std::size_t commands_ = 0;
    std::string buffer_;  ///< what has arrived and is not yet read; at most two pieces
};

void serve(const std::shared_ptr<ClamdCore>& core, tcp::socket socket, const std::string& client) {
    const auto connection = std::make_shared<Connection>(core, std::move(socket), client);
    asio::co_spawn(
        core->io, [connection]() -> asio::awaitable<void> { co_await connection->run(); },
        asio::detached);
}

}  // namespace

ClamdServer::ClamdServer(std::shared_ptr<ClamdCore> core) : core_(std::move(core)) {}

Result<std::unique_ptr<ClamdServer>> ClamdServer::start(const ClamdOptions& options,
                                                        const std::shared_ptr<Spool>& spool,
                                                        ClamdScan scan) {
    auto core = std::make_shared<ClamdCore>(options);
    core->spool = spool;
    core->scan = std::move(scan);
    if (const auto listening = listen_on(core->acceptor, options.host, options.port); !listening) {
        return listening.error();
    }
    accept_each(
        core, [](asio::io_context& io) { return io.get_executor(); }, serve);
    core->thread = std::jthread([raw = core.get()] { raw->io.run(); });
    // The constructor is private. NOLINTNEXTLINE(modernize-make-unique)
    return std::unique_ptr<ClamdServer>(new ClamdServer(std::move(core)));
}

ClamdServer::~ClamdServer() {
    core_->options.drain_deadline = {};
    drain();
}

std::uint16_t ClamdServer::port() const {
    BoostError ignored;
    return core_->acceptor.local_endpoint(ignored).port();
}

void ClamdServer::drain() {
    if (!core_->thread.joinable()) {
        return;
    }
    // The acceptor and the streams belong to the I/O thread.
    asio::post(core_->io, [core = core_] {
        BoostError ignored;
        core->acceptor.close(ignored);
        const std::scoped_lock lock(core->mutex);
        core->is_draining = true;
        for (const auto& [number, live] : core->live) {
            if (live.is_idle) {
                live.stream->close();
            }
        }
    });
    const auto is_quiet = [this] {
        return core_->live.empty();
    };
    {
        std::unique_lock lock(core_->mutex);
        core_->changed.wait_for(lock, core_->options.drain_deadline, is_quiet);
    }
    asio::post(core_->io, [core = core_] {
        const std::scoped_lock lock(core->mutex);
        for (const auto& [number, live] : core->live) {
            live.stream->close();
        }
    });
    {
        constexpr std::chrono::seconds kClosing{2};
        std::unique_lock lock(core_->mutex);
        core_->changed.wait_for(lock, kClosing, is_quiet);
    }
    core_->io.stop();
    core_->thread = {};
    // What was ended and not yet told of it holds the core, which holds the context that holds it.
    core_->io.restart();
    core_->io.poll();
}

}  // namespace refrain::server

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <poll.h>

#include "server/exchange.h"
#include "server/server_core.h"

namespace refrain::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using BoostError = boost::system::error_code;

/// Where the answer to a request arrives: on the connection's strand.
struct Pending {
    explicit Pending(const asio::any_io_executor& strand) : executor(strand), wakes(strand) {}

    asio::any_io_executor executor;
    asio::steady_timer wakes;
    bool is_ready = false;
    Response response;
    std::stop_source gone;
};

/// Hands the first answer over; the last copy to go away without one says that the request was
/// dropped.
class Answer {
  public:
    Answer(std::shared_ptr<ServerCore> core, std::shared_ptr<Pending> pending)
        : core_(std::move(core)), pending_(std::move(pending)) {}
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer() { give(retry_later(503, "dropped", "the service could not get to this request", 1)); }

    void give(Response response) {
        if (is_given_.exchange(true)) {
            return;
        }
        asio::post(pending_->executor, [pending = pending_, given = std::move(response)]() mutable {
            pending->response = std::move(given);
            pending->is_ready = true;
            pending->wakes.cancel();
        });
    }

  private:
    std::shared_ptr<ServerCore> core_;  ///< keeps the I/O context
    std::shared_ptr<Pending> pending_;
    std::atomic<bool> is_given_ = false;
};

/// One connection, from its first byte to its last. `Stream` is beast::tcp_stream, or one with TLS
/// over it. All of it runs on one strand but for `end`.
template <typename Stream>
class Session final : public LiveConnection, public std::enable_shared_from_this<Session<Stream>> {
  public:
    Session(std::shared_ptr<ServerCore> core, Stream stream, std::string client)
        : core_(std::move(core)), stream_(std::move(stream)), client_(std::move(client)) {}

    ~Session() override {
        const std::scoped_lock lock(core_->mutex);
        core_->live.erase(number_);
        if (is_counted_) {
            const auto found = core_->per_client.find(client_);
            if (found != core_->per_client.end() && --found->second == 0) {
                core_->per_client.erase(found);
            }
        }
        core_->changed.notify_all();
    }

    void start() {
        enter();
        asio::co_spawn(
            stream_.get_executor(),
            [self = this->shared_from_this()]() -> asio::awaitable<void> { co_await self->run(); },
            asio::detached);
    }

    void end(When when) override {
        asio::post(stream_.get_executor(), [weak = this->weak_from_this(), when] {
            const auto self = weak.lock();
            if (self && (when == When::kNow || self->is_idle_)) {
                BoostError ignored;
                self->socket().close(ignored);
            }
        });
    }

  private:
    using Parser = http::request_parser<http::buffer_body>;

    [[nodiscard]] beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }
    [[nodiscard]] asio::ip::tcp::socket& socket() { return lowest().socket(); }
    [[nodiscard]] static auto into(BoostError& failed) {
        return asio::redirect_error(asio::use_awaitable, failed);
    }

    /// Takes a place among the connections, if there is one.
    void enter() {
        const std::scoped_lock lock(core_->mutex);
        number_ = core_->next_connection++;
        core_->live[number_] = this->weak_from_this();
        std::size_t& of_client = core_->per_client[client_];
        ++of_client;
        is_counted_ = true;
        is_refused_ = core_->live.size() > core_->options.max_connections ||
                      of_client > core_->options.max_connections_per_client;
    }

    asio::awaitable<void> run() {
        BoostError failed;
        if constexpr (requires { stream_.next_layer().socket(); }) {
            lowest().expires_after(core_->options.header_deadline);
            co_await stream_.async_handshake(asio::ssl::stream_base::server, into(failed));
            if (failed) {
                co_return;
            }
        }
        if (is_refused_) {
            must_close_ = true;
            co_await write(retry_later(503, "too_many_connections",
                                       "all connections of the service are in use", 5),
                           false);
        }
        while (!must_close_ && co_await serve_one()) {
        }
        co_await close();
    }

    /// @return whether another request may follow
    asio::awaitable<bool> serve_one() {
        BoostError failed;
        co_await wait_for_request(failed);
        if (failed) {
            co_return false;
        }
        Exchange exchange(*core_, client_);
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(core_->options.max_header_bytes));
        parser.body_limit(boost::none);  // the sink's limits hold
        lowest().expires_after(core_->options.header_deadline);
        co_await http::async_read_header(stream_, buffer_, parser, into(failed));
        if (failed) {
            if (const auto answer = exchange.refuse_bytes(failed == http::error::header_limit,
                                                          is_http_error(failed))) {
                must_close_ = true;
                co_await write(*answer, false);
                exchange.finish(answer->status);
            }
            co_return false;
        }
        const bool keeps_alive = parser.keep_alive() && !core_->is_draining;
        std::optional<Response> response = exchange.begin(head_of(parser));
        const bool is_head = parser.get().method() == http::verb::head;
        if (!response) {
            response = co_await read_body(parser, exchange, failed);
        }
        const bool has_unread = !parser.is_done();
        if (!failed && !response) {
            response = co_await work(exchange);
        }
        if (failed || !response) {
            exchange.finish(kClientGone);
            co_return false;
        }
        must_close_ = !keeps_alive || has_unread || response->ends_connection || core_->is_draining;
        const bool is_written = co_await write(*response, is_head);
        exchange.finish(is_written ? response->status : kClientGone);
        co_return is_written;
    }

    /// Between two requests a connection has another deadline, and may be ended.
    asio::awaitable<void> wait_for_request(BoostError& failed) {
        constexpr std::size_t kPiece = 4096;
        if (buffer_.size() > 0) {
            co_return;
        }
        if (core_->is_draining) {
            failed = asio::error::operation_aborted;
            co_return;
        }
        is_idle_ = true;
        lowest().expires_after(core_->options.idle_deadline);
        const std::size_t count =
            co_await stream_.async_read_some(buffer_.prepare(kPiece), into(failed));
        buffer_.commit(count);
        is_idle_ = false;
    }

    [[nodiscard]] static bool is_http_error(const BoostError& failed) {
        return failed.category() == BoostError(http::error::bad_method).category() &&
               failed != http::error::end_of_stream && failed != http::error::partial_message;
    }

    [[nodiscard]] static Head head_of(const Parser& parser) {
        const auto& message = parser.get();
        Head head;
        head.method = std::string(message.method_string());
        head.target = std::string(message.target());
        head.version = static_cast<int>(message.version());
        for (const auto& field : message) {
            head.headers.add(std::string(field.name_string()), std::string(field.value()));
        }
        head.is_chunked = parser.chunked();
        if (const auto length = parser.content_length()) {
            head.content_length = *length;
        }
        return head;
    }

    asio::awaitable<std::optional<Response>> read_body(Parser& parser,
                                                       Exchange& exchange,
                                                       BoostError& failed) {
        constexpr std::size_t kPiece = 64U << 10;
        if (exchange.wants_continue()) {
            static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
            co_await asio::async_write(stream_, asio::buffer(kContinue), into(failed));
        }
        std::vector<char> piece(parser.is_done() ? 0 : kPiece);
        if (!piece.empty()) {
            buffer_.reserve(kPiece);  // or it grows by small steps, and reads are as small
        }
        while (!failed && !parser.is_done()) {
            parser.get().body().data = piece.data();
            parser.get().body().size = piece.size();
            parser.get().body().more = true;
            lowest().expires_after(core_->options.pause_deadline);
            co_await http::async_read_some(stream_, buffer_, parser, into(failed));
            if (failed == http::error::need_buffer) {
                failed = {};
            }
            if (failed && is_http_error(failed)) {
                failed = {};
                co_return problem(400, "malformed_body", "the body's chunks are malformed");
            }
            if (failed) {
                break;
            }
            const std::size_t count = piece.size() - parser.get().body().size;
            if (auto refusal = exchange.take_body({piece.data(), count})) {
                co_return refusal;
            }
        }
        if (failed) {
            co_return std::nullopt;
        }
        lowest().expires_never();
        co_return exchange.end_body();
    }

    /// Has the handler answer. Looks meanwhile whether the client is still there.
    asio::awaitable<std::optional<Response>> work(Exchange& exchange) {
        constexpr std::chrono::milliseconds kLook{250};
        auto pending = std::make_shared<Pending>(stream_.get_executor());
        exchange.hand_over(pending->gone.get_token(),
                           [answer = std::make_shared<Answer>(core_, pending)](Response response) {
                               answer->give(std::move(response));
                           });
        while (!pending->is_ready) {
            BoostError woken;
            pending->wakes.expires_after(kLook);
            co_await pending->wakes.async_wait(into(woken));
            if (!pending->is_ready && is_gone()) {
                pending->gone.request_stop();
                co_return std::nullopt;
            }
        }
        co_return std::move(pending->response);
    }

    [[nodiscard]] bool is_gone() {
        if (!socket().is_open()) {
            return true;
        }
        pollfd look{socket().native_handle(), POLLRDHUP, 0};
        return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    }

    asio::awaitable<bool> write(const Response& response, bool is_head) {
        http::response<http::string_body> message;
        message.version(11);
        message.result(static_cast<unsigned>(response.status));
        message.set(http::field::server, "refrain");
        message.set(http::field::date, http_date());
        message.set(http::field::cache_control, "no-store");
        message.set("X-Content-Type-Options", "nosniff");
        for (const auto& [name, value] : response.headers) {
            message.set(name, value);
        }
        if (!response.content_type.empty()) {
            message.set(http::field::content_type, response.content_type);
        }
        message.keep_alive(!must_close_);
        message.content_length(response.file ? response.file->size() : response.body.size());
        if (!is_head) {
            message.body() = response.body;
        }
        BoostError failed;
        const auto rate = std::max<std::uint64_t>(core_->options.least_bytes_per_second, 1);
        lowest().expires_after(core_->options.pause_deadline +
                               std::chrono::seconds(response.body.size() / rate));
        http::response_serializer<http::string_body> serializer(message);
        if (is_head || response.file) {
            co_await http::async_write_header(stream_, serializer, into(failed));
        } else {
            co_await http::async_write(stream_, serializer, into(failed));
        }
        if (!failed && !is_head && response.file) {
            co_return co_await write_file(*response.file);
        }
        co_return !failed;
    }

    /// A client that goes away, or takes nothing for a while, ends it.
    asio::awaitable<bool> write_file(const SpoolFile& file) {
        constexpr std::size_t kPiece = 64U << 10;
        std::vector<char> piece(static_cast<std::size_t>(
            std::min<std::uint64_t>(kPiece, std::max<std::uint64_t>(file.size(), 1))));
        for (std::uint64_t at = 0; at < file.size();) {
            const std::size_t count = file.read(at, piece);
            if (count == 0) {
                co_return false;  // the length was promised: the client sees that bytes are missing
            }
            BoostError failed;
            lowest().expires_after(core_->options.pause_deadline);
            co_await asio::async_write(stream_, asio::buffer(piece.data(), count), into(failed));
            if (failed) {
                co_return false;
            }
            at += count;
        }
        co_return true;
    }

    /// Ends the connection so that the client can read what it was told: what it is still sending
    /// is thrown away for a while, since closing at once would throw the answer away.
    asio::awaitable<void> close() {
        constexpr std::chrono::seconds kPatience{2};
        constexpr std::size_t kMostThrownAway = 64U << 20;
        BoostError failed;
        lowest().expires_after(kPatience);
        if constexpr (requires { stream_.next_layer().socket(); }) {
            co_await stream_.async_shutdown(into(failed));
        }
        socket().shutdown(asio::ip::tcp::socket::shutdown_send, failed);
        std::size_t thrown_away = 0;
        std::vector<char> piece(must_close_ && !failed ? 16U << 10 : 0);
        while (!piece.empty() && !failed && thrown_away < kMostThrownAway) {
            thrown_away += co_await socket().async_read_some(asio::buffer(piece), into(failed));
            if (lowest_is_over(kPatience)) {
                break;
            }
        }
        socket().close(failed);
    }

    /// The stream's own deadline does not bound reads of the socket below it.
    [[nodiscard]] bool lowest_is_over(std::chrono::seconds patience) {
        const auto now = std::chrono::steady_clock::now();
        if (closing_since_ == std::chrono::steady_clock::time_point{}) {
            closing_since_ = now;
        }
        return now - closing_since_ > patience;
    }

    std::shared_ptr<ServerCore> core_;
    Stream stream_;
    std::string client_;
    beast::flat_buffer buffer_;
    std::uint64_t number_ = 0;
    bool is_counted_ = false;
    bool is_refused_ = false;
    bool is_idle_ = false;
    bool must_close_ = false;
    std::chrono::steady_clock::time_point closing_since_;
};

}  // namespace refrain::server

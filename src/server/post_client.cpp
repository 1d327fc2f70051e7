#include "server/post_client.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "server/tls_client.h"

namespace refrain::server {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using BoostError = boost::system::error_code;

auto into(BoostError& failed) { return asio::redirect_error(asio::use_awaitable, failed); }

/// What came of it.
struct Outcome {
    BoostError failed = asio::error::timed_out;
    int status = 0;
};

template <typename Stream>
asio::awaitable<void> exchange(Stream& stream, const Post& post, Outcome& outcome) {
    http::request<http::string_body> request(http::verb::post, post.url.target, 11);
    request.set(http::field::host, post.url.authority());
    request.set(http::field::user_agent, "refrain");
    request.set(http::field::content_type, "application/json");
    for (const auto& [name, value] : post.headers) {
        request.set(name, value);
    }
    request.keep_alive(false);
    request.body() = post.body;
    request.prepare_payload();
    co_await http::async_write(stream, request, into(outcome.failed));
    if (outcome.failed) {
        co_return;
    }
    beast::flat_buffer buffer(16U << 10);
    http::response_parser<http::empty_body> parser;
    co_await http::async_read_header(stream, buffer, parser, into(outcome.failed));
    outcome.status = static_cast<int>(parser.get().result_int());
}

asio::awaitable<void> connect(beast::tcp_stream& stream, const Post& post, BoostError& failed) {
    tcp::resolver resolver(stream.get_executor());
    const auto found = co_await resolver.async_resolve(post.url.host, post.url.port, into(failed));
    if (!failed) {
        co_await stream.async_connect(found, into(failed));
    }
}

asio::awaitable<void> run_plain(asio::io_context& io, const Post& post, Outcome& outcome) {
    beast::tcp_stream stream(io);
    stream.expires_after(post.deadline);
    co_await connect(stream, post, outcome.failed);
    if (!outcome.failed) {
        co_await exchange(stream, post, outcome);
    }
}

asio::awaitable<void> run_tls(asio::io_context& io, const Post& post, Outcome& outcome) {
    asio::ssl::context trust = machine_trust(outcome.failed);
    if (outcome.failed) {
        co_return;
    }
    beast::ssl_stream<beast::tcp_stream> stream(io, trust);
    auto& lowest = beast::get_lowest_layer(stream);
    lowest.expires_after(post.deadline);
    expect_host(stream, post.url.host, outcome.failed);
    if (outcome.failed) {
        co_return;
    }
    co_await connect(lowest, post, outcome.failed);
    if (outcome.failed) {
        co_return;
    }
    co_await stream.async_handshake(asio::ssl::stream_base::client, into(outcome.failed));
    if (!outcome.failed) {
        co_await exchange(stream, post, outcome);
    }
}

}  // namespace

Result<int> send_post(const Post& post, const std::stop_token& stop) {
    asio::io_context io(1);
    Outcome outcome;
    asio::co_spawn(io, post.url.has_tls ? run_tls(io, post, outcome) : run_plain(io, post, outcome),
                   asio::detached);
    const std::stop_callback ends(stop, [&io] { io.stop(); });
    // The resolver knows no deadline of its own.
    io.run_for(post.deadline);
    if (stop.stop_requested()) {
        return Error{ErrorCode::kCancelled, "the service is about to end"};
    }
    if (outcome.failed || outcome.status == 0) {
        return Error{ErrorCode::kUnreadable, post.url.origin() + ": " + outcome.failed.message()};
    }
    return outcome.status;
}

}  // namespace refrain::server

#include "server/url_transfer.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "server/request.h"
#include "server/tls_client.h"

namespace refrain::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr std::size_t kPiece = 64U << 10;
constexpr int kRefused = 403;
constexpr int kUnreadable = 422;

auto into(boost::system::error_code& failed) {
    return asio::redirect_error(asio::use_awaitable, failed);
}

std::vector<HostAddress> addresses_of(const tcp::resolver::results_type& found) {
    std::vector<HostAddress> addresses;
    for (const auto& entry : found) {
        addresses.push_back({entry.endpoint().address().to_string(), entry.endpoint().port()});
    }
    return addresses;
}

}  // namespace

UrlTransfer::UrlTransfer(asio::io_context& io,
                         Url url,
                         const FetchOptions& options,
                         const FetchNetwork& network,
                         std::shared_ptr<Spool> spool,
                         UrlFetcher::Done done)
    : io_(io),
      url_(std::move(url)),
      options_(options),
      network_(network),
      spool_(std::move(spool)),
      done_(std::move(done)),
      resolver_(io),
      deadline_(io) {}

void UrlTransfer::watch(const std::stop_token& gone) {
    deadline_.expires_after(options_.deadline);
    deadline_.async_wait([weak = weak_from_this()](const BoostError& failed) {
        const auto self = weak.lock();
        if (self && !failed) {
            self->fail(kUnreadable, "took longer than a file may take");
            self->abort();
        }
    });
    when_gone_.emplace(gone, [weak = weak_from_this(), &io = io_] {
        asio::post(io, [weak] {
            if (const auto self = weak.lock()) {
                self->is_over_ = true;  // nobody waits for an outcome
                self->done_ = nullptr;
                self->abort();
            }
        });
    });
}

void UrlTransfer::finish(Fetched outcome) {
    if (!std::exchange(is_over_, true)) {
        std::exchange(done_, nullptr)(std::move(outcome));
    }
}

void UrlTransfer::fail(int status, const std::string& problem) {
    finish({nullptr, status, url_.authority() + ": " + problem});
}

void UrlTransfer::abort() {
    resolver_.cancel();
    if (stream_ != nullptr) {
        BoostError ignored;
        stream_->socket().close(ignored);
    }
}

asio::awaitable<void> UrlTransfer::run() {
    const Endpoints endpoints = co_await resolve();
    if (is_over_ || endpoints.empty()) {
        fail(kUnreadable, "the host is not known");
    } else if (url_.has_tls) {
        co_await transfer_tls(endpoints);
    } else {
        co_await transfer_plain(endpoints);
    }
    when_gone_.reset();
    deadline_.cancel();
}

asio::awaitable<UrlTransfer::Endpoints> UrlTransfer::resolve() {
    std::vector<HostAddress> found;
    if (network_.resolve) {
        found = network_.resolve(url_.host, url_.port);
    } else {
        BoostError failed;
        const auto results = co_await resolver_.async_resolve(
            url_.host, url_.port, tcp::resolver::numeric_service, into(failed));
        if (!failed) {
            found = addresses_of(results);
        }
    }
    auto endpoints = checked(found);
    co_return endpoints ? std::move(*endpoints) : Endpoints();
}

std::optional<UrlTransfer::Endpoints> UrlTransfer::checked(const std::vector<HostAddress>& found) {
    Endpoints endpoints;
    for (const HostAddress& one : found) {
        BoostError failed;
        const auto address = asio::ip::make_address(one.address, failed);
        // One address that may not be reached says that the name is not to be trusted.
        if (failed || !network_.may_reach(one.address)) {
            fail(kRefused, "the host stands for an address that is not public");
            return std::nullopt;
        }
        endpoints.emplace_back(address, one.port);
    }
    return endpoints;
}

asio::awaitable<void> UrlTransfer::transfer_plain(const Endpoints& endpoints) {
    beast::tcp_stream stream(io_);
    stream_ = &stream;
    BoostError failed;
    co_await stream.async_connect(endpoints, into(failed));
    if (failed) {
        fail_transfer(failed);
    } else {
        co_await transfer(stream);
    }
    stream_ = nullptr;
}

asio::awaitable<void> UrlTransfer::transfer_tls(const Endpoints& endpoints) {
    BoostError failed;
    asio::ssl::context trust = machine_trust(failed);
    beast::ssl_stream<beast::tcp_stream> stream(io_, trust);
    stream_ = &beast::get_lowest_layer(stream);
    if (!failed) {
        expect_host(stream, url_.host, failed);
    }
    if (!failed) {
        co_await stream_->async_connect(endpoints, into(failed));
    }
    if (!failed) {
        co_await stream.async_handshake(asio::ssl::stream_base::client, into(failed));
    }
    if (failed) {
        fail_transfer(failed);
    } else {
        co_await transfer(stream);
    }
    stream_ = nullptr;
}

void UrlTransfer::fail_transfer(const BoostError& failed) {
    if (failed == http::error::body_limit) {
        fail(413, "the file is larger than " + std::to_string(options_.max_bytes) + " bytes");
    } else {
        fail(kUnreadable, failed.message());
    }
}

template <typename Stream>
asio::awaitable<void> UrlTransfer::transfer(Stream& stream) {
    http::request<http::empty_body> request(http::verb::get, url_.target, 11);
    request.set(http::field::host, url_.authority());
    request.set(http::field::user_agent, "refrain");
    request.set(http::field::accept_encoding, "identity");
    request.keep_alive(false);
    BoostError failed;
    co_await http::async_write(stream, request, into(failed));
    beast::flat_buffer buffer(2 * kPiece);
    buffer.reserve(kPiece);
    http::response_parser<http::buffer_body> parser;
    parser.header_limit(16U << 10);
    parser.body_limit(options_.max_bytes);
    if (!failed) {
        co_await http::async_read_header(stream, buffer, parser, into(failed));
    }
    if (failed) {
        fail_transfer(failed);
        co_return;
    }
    const int status = static_cast<int>(parser.get().result_int());
    const std::string_view encoding = parser.get()[http::field::content_encoding];
    if (status >= 300 && status < 400) {
        fail(kRefused, "sends on to another address, which is not followed");
    } else if (status != 200) {
        fail(kUnreadable, "answered " + std::to_string(status));
    } else if (!encoding.empty() && !same_word(encoding, "identity")) {
        fail(kUnreadable, "sent the file encoded");
    } else {
        co_await read_body(stream, parser, buffer);
    }
}

template <typename Stream, typename Parser, typename Buffer>
asio::awaitable<void> UrlTransfer::read_body(Stream& stream, Parser& parser, Buffer& buffer) {
    auto file = spool_->make_file();
    if (!file) {
        fail(503, file.error().message);
        co_return;
    }
    std::vector<char> piece(kPiece);
    while (!parser.is_done()) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        parser.get().body().more = true;
        BoostError failed;
        co_await http::async_read_some(stream, buffer, parser, into(failed));
        if (failed && failed != http::error::need_buffer) {
            fail_transfer(failed);
            co_return;
        }
        const std::size_t count = piece.size() - parser.get().body().size;
        if (const auto written = (*file)->write({piece.data(), count}); !written) {
            fail(503, written.error().message);
            co_return;
        }
    }
    finish({std::move(file).value(), 200, {}});
}

}  // namespace refrain::server

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "server/url_fetcher.h"

namespace refrain::server {

/// One file on its way from another server into the spool: resolves, checks, connects, asks, reads.
///
/// Thread safety: all of it runs on the thread of the I/O context.
class UrlTransfer : public std::enable_shared_from_this<UrlTransfer> {
  public:
    /// @param options, network  borrowed; must outlive the I/O context's run
    UrlTransfer(boost::asio::io_context& io,
                Url url,
                const FetchOptions& options,
                const FetchNetwork& network,
                std::shared_ptr<Spool> spool,
                UrlFetcher::Done done);

    /// Ends the transfer when the deadline is over, or nobody waits any more. To be called first.
    void watch(const std::stop_token& gone);

    boost::asio::awaitable<void> run();

  private:
    using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
    using BoostError = boost::system::error_code;

    /// The first outcome counts.
    void finish(Fetched outcome);
    void fail(int status, const std::string& problem);
    /// Ends what is being waited for.
    void abort();

    boost::asio::awaitable<Endpoints> resolve();
    /// Those addresses, if all of them may be reached.
    [[nodiscard]] std::optional<Endpoints> checked(const std::vector<HostAddress>& found);
    boost::asio::awaitable<void> transfer_plain(const Endpoints& endpoints);
    boost::asio::awaitable<void> transfer_tls(const Endpoints& endpoints);
    template <typename Stream>
    boost::asio::awaitable<void> transfer(Stream& stream);
    template <typename Stream, typename Parser, typename Buffer>
    boost::asio::awaitable<void> read_body(Stream& stream, Parser& parser, Buffer& buffer);
    void fail_transfer(const BoostError& failed);

    boost::asio::io_context& io_;
    Url url_;
    const FetchOptions& options_;
    const FetchNetwork& network_;
    std::shared_ptr<Spool> spool_;
    UrlFetcher::Done done_;
    bool is_over_ = false;
    boost::asio::ip::tcp::resolver resolver_;
    boost::asio::steady_timer deadline_;
    boost::beast::tcp_stream* stream_ = nullptr;  ///< while there is one
    std::optional<std::stop_callback<std::function<void()>>> when_gone_;
};

}  // namespace refrain::server

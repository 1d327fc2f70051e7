#include "server/url_fetcher.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "server/public_address.h"
#include "server/url_transfer.h"

namespace refrain::server {

namespace asio = boost::asio;

struct UrlFetcher::Core {
    Core(FetchOptions chosen, FetchNetwork reached, std::shared_ptr<Spool> into)
        : options(std::move(chosen)), network(std::move(reached)), spool(std::move(into)) {
        if (!network.may_reach) {
            network.may_reach = is_public_address;
        }
    }

    FetchOptions options;
    FetchNetwork network;
    std::shared_ptr<Spool> spool;
    std::atomic<std::size_t> running = 0;
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> stays = asio::make_work_guard(io);
    std::jthread thread;  ///< last: joined first
};

UrlFetcher::UrlFetcher(FetchOptions options, FetchNetwork network, std::shared_ptr<Spool> spool)
    : core_(std::make_unique<Core>(std::move(options), std::move(network), std::move(spool))) {
    core_->thread = std::jthread([core = core_.get()] { core->io.run(); });
}

UrlFetcher::~UrlFetcher() {
    core_->io.stop();
    core_->thread.join();
}

std::optional<Fetched> UrlFetcher::refusal(const std::optional<Url>& url) const {
    if (!url) {
        return Fetched{nullptr, 400, "expected the http or https URL of a file"};
    }
    const std::string authority = url->authority();
    const bool is_listed =
        std::ranges::any_of(core_->options.hosts, [&](const std::string& listed) {
            return listed == authority || listed == url->host_and_port();
        });
    if (!is_listed) {
        return Fetched{nullptr, 403, "the host " + authority + " is none that may be fetched from"};
    }
    return std::nullopt;
}

void UrlFetcher::fetch(const std::string& url, const std::stop_token& gone, Done done) {
    const auto parsed = parse_url(url);
    if (auto refused = refusal(parsed)) {
        done(std::move(*refused));
        return;
    }
    if (core_->running.fetch_add(1) >= core_->options.max_at_once) {
        --core_->running;
        done({nullptr, 503, "too many files are being fetched already"});
        return;
    }
    // Counts down with its last owner, however the transfer ends.
    const std::shared_ptr<void> place(nullptr, [core = core_.get()](void*) { --core->running; });
    const auto transfer = std::make_shared<UrlTransfer>(core_->io, *parsed, core_->options,
                                                        core_->network, core_->spool, done);
    asio::post(core_->io, [transfer, place, gone, core = core_.get()] {
        transfer->watch(gone);
        asio::co_spawn(
            core->io, [transfer, place]() -> asio::awaitable<void> { co_await transfer->run(); },
            asio::detached);
    });
}

std::optional<std::string> parse_host_entry(const std::string& text) {
    const bool is_bare = text.find_first_of("/?#@") == std::string::npos;
    const auto url = parse_url("http://" + text + "/");
    if (!is_bare || !url) {
        return std::nullopt;
    }
    // Whether a port was written is not seen in the parts of the URL.
    return text.ends_with(":" + url->port) ? url->host_and_port() : url->authority();
}

}  // namespace refrain::server

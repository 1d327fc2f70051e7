#include "server/http_server.h"

#include <sys/random.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include "server/listener.h"
#include "server/server_core.h"

namespace refrain::server {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using BoostError = boost::system::error_code;

std::string random_prefix() {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
        number =
            static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    }
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%012llx-",
                  static_cast<unsigned long long>(number & 0xFFFFFFFFFFFFULL));
    return text.data();
}

/// Every connection is a descriptor, and every upload another.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65'536);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

Result<std::shared_ptr<asio::ssl::context>> load_certificate(const ServerOptions& options) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    BoostError failed;
    context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                             asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                             asio::ssl::context::no_tlsv1_1,
                         failed);
    context->use_certificate_chain_file(options.tls_certificate, failed);
    if (failed) {
        return Error{
            ErrorCode::kInvalidArgument,
            "no certificate can be read from " + options.tls_certificate + ": " + failed.message()};
    }
    context->use_private_key_file(options.tls_key, asio::ssl::context::pem, failed);
    if (failed) {
        return Error{
            ErrorCode::kInvalidArgument,
            "the key in " + options.tls_key + " is none of this certificate: " + failed.message()};
    }
    return context;
}

void serve(const std::shared_ptr<ServerCore>& core, tcp::socket socket, const std::string& client) {
    if (core->is_draining) {
        return;
    }
    BoostError ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    std::unique_lock lock(core->mutex);
    const bool has_tls = core->tls != nullptr;
    lock.unlock();
    (has_tls ? serve_tls : serve_plain)(core, std::move(socket), client);
}

std::vector<std::shared_ptr<LiveConnection>> live_connections(ServerCore& core) {
    std::vector<std::shared_ptr<LiveConnection>> all;
    const std::scoped_lock lock(core.mutex);
    for (const auto& [number, weak] : core.live) {
        if (auto connection = weak.lock()) {
            all.push_back(std::move(connection));
        }
    }
    return all;
}

}  // namespace

HttpServer::HttpServer(std::shared_ptr<ServerCore> core) : core_(std::move(core)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const ServerOptions& options,
                                                      const Router& router,
                                                      const std::shared_ptr<Spool>& spool,
                                                      ServerHooks hooks) {
    raise_descriptor_limit();
    auto core = std::make_shared<ServerCore>(options, router);
    core->spool = spool;
    core->hooks = std::move(hooks);
    core->id_prefix = random_prefix();
    if (!options.tls_certificate.empty()) {
        auto context = load_certificate(options);
        if (!context) {
            return context.error();
        }
        core->tls = std::move(context).value();
    }
    if (const auto listening = listen_on(core->acceptor, options.host, options.port); !listening) {
        return listening.error();
    }
    accept_each(
        core, [](asio::io_context& io) { return asio::make_strand(io); }, serve);
    for (int i = 0; i < std::max(1, options.io_threads); ++i) {
        core->threads.emplace_back([raw = core.get()] { raw->io.run(); });
    }
    // The constructor is private. NOLINTNEXTLINE(modernize-make-unique)
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(core)));
}

HttpServer::~HttpServer() {
    core_->options.drain_deadline = {};
    drain();
}

std::uint16_t HttpServer::port() const {
    BoostError ignored;
    return core_->acceptor.local_endpoint(ignored).port();
}

std::size_t HttpServer::connections() const {
    const std::scoped_lock lock(core_->mutex);
    return core_->live.size();
}

Result<void> HttpServer::reload_certificate() {
    if (core_->options.tls_certificate.empty()) {
        return {};
    }
    auto context = load_certificate(core_->options);
    if (!context) {
        return context.error();
    }
    const std::scoped_lock lock(core_->mutex);
    core_->tls = std::move(context).value();
    return {};
}

bool HttpServer::drain() {
    if (core_->threads.empty()) {
        return true;
    }
    core_->is_draining = true;
    asio::post(core_->io, [core = core_] {
        BoostError ignored;
        core->acceptor.cancel(ignored);
        core->acceptor.close(ignored);
    });
    for (const auto& connection : live_connections(*core_)) {
        connection->end(LiveConnection::When::kIdle);
    }
    const auto is_quiet = [this] {
        return core_->live.empty();
    };
    bool all_answered = false;
    {
        std::unique_lock lock(core_->mutex);
        all_answered = core_->changed.wait_for(lock, core_->options.drain_deadline, is_quiet);
    }
    for (const auto& connection : live_connections(*core_)) {
        connection->end(LiveConnection::When::kNow);
    }
    {
        constexpr std::chrono::seconds kClosing{2};
        std::unique_lock lock(core_->mutex);
        core_->changed.wait_for(lock, kClosing, is_quiet);
    }
    core_->io.stop();
    core_->threads.clear();
    // What was ended and not yet told of it holds the core, which holds the context that holds it.
    core_->io.restart();
    core_->io.poll();
    return all_answered;
}

}  // namespace refrain::server

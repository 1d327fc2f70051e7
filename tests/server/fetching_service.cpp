// A service for which every host is a server on loopback: what the tests of `url=` talk to, since
// nothing that is installed fetches from this machine. Takes the arguments of `refrain serve`; the
// port of that server is in REFRAIN_TEST_REMOTE_PORT, the helper program in REFRAIN_TEST_WORKER.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>

#include "refrain/sandbox.h"

#include "service/service.h"

namespace {

using refrain::server::HostAddress;

// A handler can reach nothing else.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> is_over = false;

extern "C" void note_end(int /*signal*/) { is_over = true; }

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

/// `inner.example` stands for an address of a private network, and no address of it may be reached.
refrain::server::FetchNetwork test_network() {
    const auto port = static_cast<std::uint16_t>(std::stoi(variable("REFRAIN_TEST_REMOTE_PORT")));
    refrain::server::FetchNetwork network;
    network.resolve = [port](const std::string& host, const std::string&) {
        const bool is_inner = host == "inner.example";
        return std::vector<HostAddress>{{is_inner ? "10.0.0.1" : "127.0.0.1", port}};
    };
    network.may_reach = [](const std::string& address) {
        return address == "127.0.0.1";
    };
    return network;
}

refrain::Result<refrain::service::Config> configuration(int argc, char** argv) {
    std::map<std::string, std::string> words;
    for (int i = 2; i + 1 < argc; ++i) {
        words[argv[i]] = argv[i + 1];
    }
    auto config = refrain::service::read_config({words["--config"], {}});
    if (!config) {
        return config;
    }
    const auto place = refrain::service::parse_listen(words["--listen"]);
    if (!place) {
        return place.error();
    }
    config->server.host = place->first;
    config->server.port = place->second;
    config->corpus = words["--corpus"];
    config->allows_anonymous = true;
    return config;
}

int run(int argc, char** argv) {
    auto config = configuration(argc, argv);
    if (!config) {
        std::cerr << config.error().message << '\n';
        return 2;
    }
    refrain::SandboxOptions sandbox;
    sandbox.worker = variable("REFRAIN_TEST_WORKER");
    auto started = refrain::Sandbox::start(sandbox);
    if (!started) {
        std::cerr << started.error().message << '\n';
        return 1;
    }
    refrain::service::ServiceStart start;
    start.fingerprint.sandbox = std::move(started).value();
    start.network = test_network();
    start.listening = [](const std::string& place) {
        std::cerr << "listening on " << place << std::endl;
    };
    std::stop_source stop;
    start.wants_reload = [&stop] {
        if (is_over) {
            stop.request_stop();
        }
        return false;
    };
    const auto ended =
        refrain::service::run_service(std::move(config).value(), start, stop.get_token());
    if (!ended) {
        std::cerr << ended.error().message << '\n';
    }
    return ended && *ended ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    struct sigaction action {};
    action.sa_handler = note_end;
    ::sigaction(SIGTERM, &action, nullptr);
    return run(argc, argv);
}

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <signal.h>

#include "cli/command_line.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/sandbox_choice.h"
#include "service/config.h"
#include "service/service.h"

namespace refrain::cli {

namespace {

// A handler can reach nothing else.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> is_reload_wanted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "used in a signal handler");

extern "C" void note_hangup(int /*signal*/) { is_reload_wanted = true; }

/// For a service SIGHUP means to read certificates again, not to end.
void take_hangups() {
    struct sigaction action {};
    action.sa_handler = note_hangup;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGHUP, &action, nullptr);
}

std::vector<std::pair<std::string, std::string>> refrain_environment() {
    constexpr std::string_view kPrefix = "REFRAIN_";
    std::vector<std::pair<std::string, std::string>> all;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const std::size_t equals = text.find('=');
        if (text.starts_with(kPrefix) && equals != std::string::npos) {
            all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return all;
}

struct ServeSettings {
    std::string listen;
    std::string config;
    bool allows_anonymous = false;
    bool only_checks = false;
    FingerprintOptions fingerprint;
    SandboxChoice sandbox;
};

/// The file and the environment, with the command line above them.
Result<service::Config> read_settings(const ServeSettings& settings, const CommonOptions& common) {
    auto config = service::read_config({settings.config, refrain_environment()});
    if (!config) {
        return config;
    }
    if (!settings.listen.empty()) {
        auto place = service::parse_listen(settings.listen);
        if (!place) {
            return Error{ErrorCode::kInvalidArgument, "--listen: " + place.error().message};
        }
        config->server.host = place->first;
        config->server.port = place->second;
    }
    config->allows_anonymous = config->allows_anonymous || settings.allows_anonymous;
    if (!common.corpus.empty() || config->corpus.empty()) {
        const auto folder = corpus_folder(common.corpus);
        if (!folder) {
            return Error{ErrorCode::kInvalidArgument,
                         "no corpus: give --corpus DIR or set REFRAIN_CORPUS"};
        }
        config->corpus = *folder;
    }
    config->lanes.decode_threads = std::max(config->lanes.decode_threads, common.thread_count());
    return config;
}

int serve(Session& session, ServeSettings settings, service::Config config) {
    // Workers are started before there is anything large in memory; one thread starts them all.
    settings.sandbox.max_workers = std::max(2, config.lanes.decode_threads);
    if (!start_sandbox(session, settings.sandbox, settings.fingerprint)) {
        return session.finish(kExitAllFailed);
    }
    take_hangups();
    service::ServiceStart start;
    start.fingerprint = settings.fingerprint;
    start.log = session.log();
    start.listening = [&](const std::string& place) {
        write_to_stderr("listening on " + place + "\n");
    };
    start.wants_reload = [] {
        return is_reload_wanted.exchange(false);
    };
    const auto ended = service::run_service(std::move(config), start, session.stop());
    if (!ended) {
        session.complain(std::string(error_code_name(ended.error().code)) + ": " +
                         ended.error().message);
        return kExitAllFailed;
    }
    if (!*ended) {
        session.complain("some requests were not answered before the drain deadline");
    }
    return kExitDone;
}

}  // namespace

int run_serve(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("serve",
                     "The HTTP service (docs/http-api.md). Ends on SIGTERM, once the requests in\n"
                     "work have their answers; reads certificates again on SIGHUP.",
                     "");
    ServeSettings settings;
    line.add_text("--listen", settings.listen, "HOST:PORT to listen on (default 127.0.0.1:8080)");
    line.add_text("--config", settings.config, "Configuration file (docs/operations.md)");
    line.add_flag("--allow-anonymous", settings.allows_anonymous,
                  "Clients on this machine need no key");
    line.add_flag("--check-config", settings.only_checks,
                  "Say what is wrong with the configuration, and end");
    line.add_limits(settings.fingerprint.limits);
    add_sandbox_options(line, settings.sandbox);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (!line.operands().empty()) {
        return line.wrong_usage("serve takes no inputs");
    }
    auto config = read_settings(settings, line.common());
    if (!config) {
        return line.wrong_usage(config.error().message);
    }
    Session session("serve", line.common(), stop);
    if (settings.only_checks) {
        session.note("the configuration is sound");
        return kExitDone;
    }
    return serve(session, std::move(settings), std::move(config).value());
}

}  // namespace refrain::cli

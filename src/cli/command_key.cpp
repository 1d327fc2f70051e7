#include <chrono>
#include <string>
#include <utility>

#include "access/key_ring.h"
#include "cli/command_line.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

std::int64_t now_s() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

struct KeySettings {
    std::string file;
    access::NewKey key;
    MediaTime lifetime;
};

int create(Session& session, access::KeyRing& ring, KeySettings settings) {
    if (settings.lifetime.us > 0) {
        settings.key.expires_s = now_s() + settings.lifetime.us / 1'000'000;  // whole seconds
    }
    const auto made = ring.create(settings.key, now_s());
    if (!made) {
        session.complain(made.error().message);
        return made.error().code == ErrorCode::kInvalidArgument ? kExitUsage : kExitAllFailed;
    }
    session.print(*made);
    session.note("this key is shown once; only its hash is kept");
    return session.finish(kExitDone);
}

int list(Session& session, access::KeyRing& ring) {
    const auto keys = ring.list();
    if (!keys) {
        session.complain(keys.error().message);
        return kExitAllFailed;
    }
    for (const access::Key& key : *keys) {
        const bool is_expired = key.expires_s != 0 && key.expires_s <= now_s();
        const char* state = key.revoked_s != 0 ? "revoked" : is_expired ? "expired" : "valid";
        session.print(key.id + "  " + key.role + "  " + state + "  " + printable(key.name));
    }
    return session.finish(kExitDone);
}

}  // namespace

int run_key(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("key",
                     "Keys of the HTTP service: create, list, or revoke ID... Only a hash of a\n"
                     "key is kept. A service that runs takes the change up at once.",
                     "create|list|revoke [ID...]");
    KeySettings settings;
    settings.key.role = "matcher";
    line.add_text("--role", settings.key.role,
                  "hasher, matcher (default), curator, auditor or admin");
    line.add_text("--name", settings.key.name, "Whose key it is");
    line.add_value("--expires-in", settings.lifetime, parse_seconds, "a number of seconds above 0",
                   "Seconds until it is refused (default: never)");
    line.add_value("--rate", settings.key.requests_per_second, parse_number,
                   "a number of requests a second", "Most requests a second (default 0: any)");
    line.add_text("--keys", settings.file, "File of the keys (default: keys.json in the corpus)");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    const auto& words = line.operands();
    const std::string verb = words.empty() ? std::string() : words.front();
    const bool fits = verb == "revoke" ? words.size() > 1 : words.size() == 1;
    if (!fits || (verb != "create" && verb != "list" && verb != "revoke")) {
        return line.wrong_usage("expected create, list, or revoke ID...");
    }
    const auto folder = corpus_folder(line.common().corpus);
    if (settings.file.empty() && !folder) {
        return line.wrong_usage("no corpus: give --corpus DIR, --keys FILE or set REFRAIN_CORPUS");
    }
    access::KeyRing ring(settings.file.empty() ? *folder / "keys.json"
                                               : std::filesystem::path(settings.file));
    Session session("key", line.common(), stop);
    if (verb == "create") {
        return create(session, ring, std::move(settings));
    }
    if (verb == "list") {
        return list(session, ring);
    }
    std::size_t failed = 0;
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (const auto revoked = ring.revoke(words[i], now_s()); !revoked) {
            session.complain(revoked.error().message);
            ++failed;
        }
    }
    const std::size_t all = words.size() - 1;
    return session.finish(failed == 0     ? kExitDone
                          : failed == all ? kExitAllFailed
                                          : kExitSomeFailed);
}

}  // namespace refrain::cli

#include <array>
#include <exception>
#include <new>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/text.h"

namespace refrain::cli {

namespace {

struct Command {
    std::string_view name;
    std::string_view summary;
    int (*run)(Arguments, const std::stop_token&);
};

constexpr std::array<Command, 26> kCommands{{
    {"hash", "print fingerprints; touches no corpus", run_hash},
    {"add", "make images and videos known", run_add},
    {"find", "look images and videos up", run_find},
    {"compare", "look one file up in another; no corpus", run_compare},
    {"fingerprint", "write fingerprints into a bundle; no corpus", run_fingerprint},
    {"import", "make hash lists and bundles known", run_import},
    {"export", "write items as a list or a bundle", run_export},
    {"check", "say a word for a scanner", run_check},
    {"list", "list the known items", run_list},
    {"show", "show all that is kept of items", run_show},
    {"label", "give labels to items, or take them away", run_label},
    {"move", "move items to another bank", run_move},
    {"disable", "keep items from being found", run_disable},
    {"enable", "let items be found again", run_enable},
    {"remove", "drop items by id, bank, label or list", run_remove},
    {"dups", "find near duplicates inside the corpus", run_dups},
    {"log", "what changed, when, by whom and why", run_log},
    {"bank", "settings of banks", run_bank},
    {"stats", "show counts, sizes and index generation", run_stats},
    {"verify", "check every stored record", run_verify},
    {"doctor", "say what of the sandbox is in force", run_doctor},
    {"backup", "copy the corpus, which may be in use", run_backup},
    {"restore", "bring a backup back", run_restore},
    {"serve", "the HTTP service", run_serve},
    {"key", "keys of the HTTP service", run_key},
    {"audit", "export or check the service's log", run_audit},
}};

std::string help_text() {
    std::string text =
        "refrain recognises images and videos that were seen before, also after editing.\n\n"
        "Usage: refrain COMMAND [OPTIONS] [--] INPUT...\n\nCommands:\n";
    for (const Command& command : kCommands) {
        text += formatted("  %-11s %s\n", std::string(command.name).c_str(),
                          std::string(command.summary).c_str());
    }
    text +=
        "\n  refrain COMMAND --help   options of a command\n"
        "  refrain --version        versions of refrain and its libraries\n\n"
        "Exit codes: 0 done (find, compare: matched), 1 no match, 2 wrong usage,\n"
        "3 some inputs failed, 4 all failed or no usable corpus, 130 interrupted.";
    return text;
}

int print(const std::string& text) {
    Output output;
    if (output.line(text)) {
        return kExitDone;
    }
    write_to_stderr("refrain: " + output.failure()->message + "\n");
    return kExitAllFailed;
}

int run(Arguments arguments, const std::stop_token& stop) {
    if (arguments.empty()) {
        write_to_stderr("refrain: no command given\nTry: refrain --help\n");
        return kExitUsage;
    }
    const std::string name = std::move(arguments.front());
    arguments.erase(arguments.begin());
    if (name == "--help" || name == "-h" || name == "help") {
        return print(help_text());
    }
    if (name == "--version") {
        return print(version_text());
    }
    for (const Command& command : kCommands) {
        if (command.name == name) {
            return command.run(std::move(arguments), stop);
        }
    }
    write_to_stderr("refrain: unknown command " + printable(name) + "\nTry: refrain --help\n");
    return kExitUsage;
}

}  // namespace

}  // namespace refrain::cli

int main(int argc, char** argv) {
    using namespace refrain::cli;  // NOLINT(google-build-using-namespace): the whole of main
    keep_standard_descriptors_open();
    ignore_signals_of_writes();
    const InterruptWatcher watcher;
    try {
        return run(Arguments(argv + (argc > 0 ? 1 : 0), argv + argc), watcher.token());
    } catch (const std::bad_alloc&) {
        write_to_stderr("refrain: out of memory\n");
    } catch (const std::exception& error) {
        write_to_stderr(std::string("refrain: internal error: ") + error.what() + "\n");
    }
    return kExitAllFailed;
}

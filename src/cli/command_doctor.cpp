#include <string>
#include <utility>

#include "refrain/json.h"
#include "refrain/sandbox.h"
#include "refrain/version.h"

#include "cli/commands.h"
#include "cli/sandbox_choice.h"
#include "cli/text.h"

namespace refrain::cli {

namespace {

std::string doctor_text(const SandboxReport& report) {
    std::string text =
        version_text() + "\n" + formatted("%-14s ", "worker") + printable(report.worker.native()) +
        "\n" +
        formatted("%-14s %s", "sandbox",
                  report.is_complete() ? "all of it is in force" : "NOT all of it is in force");
    for (const SandboxLayer& layer : report.layers) {
        text += "\n" + formatted("  %-12s ", layer.name.c_str()) +
                (layer.is_in_force ? "in force: " : "MISSING: ") + printable(layer.detail);
    }
    return text;
}

}  // namespace

int run_doctor(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("doctor",
                     "Say what of the sandbox is in force on this machine, and why something is\n"
                     "not. Exit code 0: all of it, 4: less.",
                     "");
    SandboxChoice choice;
    add_sandbox_options(line, choice);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (!line.operands().empty() || choice.is_off) {
        return line.wrong_usage(choice.is_off ? "--no-sandbox leaves nothing to say"
                                              : "takes no input");
    }
    Session session("doctor", line.common(), stop);
    SandboxOptions options;
    options.worker = choice.worker;
    options.max_workers = 1;
    const auto sandbox = Sandbox::start(options);
    const auto report = sandbox ? (*sandbox)->report() : Result<SandboxReport>(sandbox.error());
    if (!report) {
        session.complain(std::string(error_code_name(report.error().code)) + ": " +
                         report.error().message);
        return session.finish(kExitAllFailed);
    }
    session.print(session.options().is_json ? to_json(*report) : doctor_text(*report));
    return session.finish(report->is_complete() ? kExitDone : kExitAllFailed);
}

}  // namespace refrain::cli

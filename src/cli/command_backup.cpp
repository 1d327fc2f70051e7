#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "refrain/json.h"
#include "refrain/upkeep.h"

#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/text.h"

namespace refrain::cli {

namespace {

int copy(Session& session,
         const std::filesystem::path& from,
         const std::filesystem::path& to,
         const char* done) {
    CorpusOptions options;
    options.log = session.log();
    const auto copied = back_up_corpus(from, to, options);
    if (!copied) {
        session.complain(std::string(error_code_name(copied.error().code)) + ": " +
                         copied.error().message);
        return session.finish(kExitAllFailed);
    }
    session.print(session.options().is_json ? to_json(*copied, done) : copied_text(*copied, done));
    return session.finish(kExitDone);
}

/// The one folder that the command names; else a value is what is wrong.
std::optional<std::string> problem_with(const CommandLine& line) {
    if (line.operands().size() != 1 || line.operands().front().empty()) {
        return "expected one folder";
    }
    if (!corpus_folder(line.common().corpus)) {
        return "no corpus named: use --corpus or $REFRAIN_CORPUS";
    }
    return std::nullopt;
}

}  // namespace

int run_backup(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("backup",
                     "Copy the corpus, which may be in use, to another folder as of one commit.",
                     "DIR");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (const auto problem = problem_with(line)) {
        return line.wrong_usage(*problem);
    }
    Session session("backup", line.common(), stop);
    return copy(session, *corpus_folder(line.common().corpus), line.operands().front(),
                "backed up");
}

int run_restore(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("restore",
                     "Bring a backup back as the corpus. There must be none in the corpus folder.",
                     "DIR");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (const auto problem = problem_with(line)) {
        return line.wrong_usage(*problem);
    }
    Session session("restore", line.common(), stop);
    return copy(session, line.operands().front(), *corpus_folder(line.common().corpus), "restored");
}

}  // namespace refrain::cli

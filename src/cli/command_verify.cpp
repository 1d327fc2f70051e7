#include <string>
#include <utility>

#include "refrain/corpus.h"
#include "refrain/json.h"
#include "refrain/upkeep.h"

#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/text.h"

namespace refrain::cli {

namespace {

int repair(Session& session) {
    const auto folder = corpus_folder(session.options().corpus);
    CorpusOptions options;
    options.log = session.log();
    const auto report =
        folder ? repair_corpus(*folder, options)
               : Result<RepairReport>(Error{ErrorCode::kCorpusNotFound,
                                            "no corpus named: use --corpus or $REFRAIN_CORPUS"});
    if (!report) {
        session.complain(std::string(error_code_name(report.error().code)) + ": " +
                         report.error().message);
        return session.finish(kExitAllFailed);
    }
    session.print(session.options().is_json ? to_json(*report) : repair_text(*report));
    // What has no name is listed, but not counted.
    const bool is_whole = report->lost == 0 && report->damage.empty();
    return session.finish(is_whole ? kExitDone : kExitSomeFailed);
}

}  // namespace

int run_verify(Arguments arguments, const std::stop_token& stop) {
    CommandLine line(
        "verify", "Check every stored record and the database. Exit code 4: damage was found.", "");
    bool repairs = false;
    line.add_flag("--repair", repairs,
                  "Keep what can be read, set the rest aside, build the indexes anew; no other\n"
                  "process may use the corpus meanwhile. Exit code 3: something is lost");
    if (const auto code = line.parse_options_alone(std::move(arguments))) {
        return *code;
    }
    Session session("verify", line.common(), stop);
    if (repairs) {
        return repair(session);
    }
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    const auto report = corpus->verify(stop, session.progress().counter("verify"));
    if (!report) {
        if (report.error().code != ErrorCode::kCancelled) {
            session.complain(report.error().message);
        }
        return session.finish(kExitAllFailed);
    }
    session.print(session.options().is_json ? to_json(*report) : verify_text(*report));
    return session.finish(report->damaged == 0 ? kExitDone : kExitAllFailed);
}

}  // namespace refrain::cli

#include <utility>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/text.h"

namespace refrain::cli {

int run_verify(Arguments arguments, const std::stop_token& stop) {
    CommandLine line(
        "verify", "Check every stored record and the database. Exit code 4: damage was found.", "");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (!line.operands().empty()) {
        return line.wrong_usage("unexpected argument " + line.operands().front());
    }
    Session session("verify", line.common(), stop);
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

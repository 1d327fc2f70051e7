#include <chrono>
#include <string>
#include <utility>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"
#include "refrain/json.h"

#include "cli/commands.h"
#include "cli/each_input.h"
#include "cli/look_up_options.h"
#include "cli/sandbox_choice.h"
#include "cli/text.h"

namespace refrain::cli {

namespace {

struct CompareSettings {
    std::string query;
    std::string known;
    FingerprintOptions fingerprint;
    FindOptions find;
    ExplainSettings explain;
    SandboxChoice sandbox;
};

Result<FingerprintRun> fingerprint(Session& session,
                                   FingerprintOptions options,
                                   const std::string& path) {
    options.decoder_threads = session.options().thread_count();
    const Fingerprinter fingerprinter(options, session.log());
    RunControl control;
    control.stop = session.stop();
    if (session.progress().is_drawn()) {
        control.progress = [&](const MediumProgress& at) {
            session.progress().follow(path, at);
            session.progress().draw();
        };
    }
    return fingerprinter.fingerprint_file(path, control);
}

FindReport compare_files(Session& session, const CompareSettings& settings) {
    const auto began = std::chrono::steady_clock::now();
    FindReport report;
    report.input = settings.query;
    const auto query =
        fingerprint(session, settings.fingerprint.for_query(settings.find.effort), settings.query);
    if (!query) {
        report.error = query.error();
        return report;
    }
    report.take(*query);
    const auto known = fingerprint(session, settings.fingerprint.for_known(), settings.known);
    if (!known) {
        report.error = Error{known.error().code, settings.known + ": " + known.error().message};
        return report;
    }
    auto answer =
        compare(query->fingerprint, known->fingerprint, file_name(settings.known), settings.find);
    if (answer) {
        report.timing.search = answer->search_time;
        report.answer = std::move(answer).value();
        for (Match& match : report.answer->matches) {
            if (match.explanation) {
                match.explanation->source = settings.known;
            }
        }
    } else {
        report.error = answer.error();
    }
    report.timing.total = elapsed(began);
    return report;
}

int compare_and_tell(Session& session, const CompareSettings& settings) {
    const FindReport report = compare_files(session, settings);
    const auto explain_error =
        explain(report, settings.explain, settings.fingerprint, session.stop());
    if (session.must_end()) {
        return session.finish(kExitInterrupted);
    }
    if (session.options().is_json) {
        session.print(to_json(report));
    } else {
        session.print(find_text(report) + "\n" + formatted("%-12s ", "with") +
                      printable(settings.known));
    }
    if (explain_error) {
        session.complain(explain_failure(report, *explain_error));
    }
    Tally tally;
    ++(report.error || explain_error ? tally.failed : tally.done);
    const bool matches = !report.error && report.answer->status == FindStatus::kMatch;
    tally.matched = matches ? 1 : 0;
    return session.finish(tally.look_up_exit_code());
}

}  // namespace

int run_compare(Arguments arguments, const std::stop_token& stop) {
    CommandLine line(
        "compare",
        "Look A up as if B were all that is known; needs no corpus. Exit code 0: they\n"
        "match, 1: they do not.",
        "A B");
    CompareSettings settings;
    add_look_up_options(line, settings.find);
    add_explain_options(line, settings.explain);
    line.add_limits(settings.fingerprint.limits);
    add_sandbox_options(line, settings.sandbox);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (line.operands().size() != 2) {
        return line.wrong_usage("expected two files, A and B");
    }
    settings.query = line.operands()[0];
    settings.known = line.operands()[1];
    if (const auto problem = prepare_explain(settings.explain, settings.find)) {
        return line.wrong_usage(*problem);
    }
    Session session("compare", line.common(), stop);
    if (!start_sandbox(session, settings.sandbox, settings.fingerprint)) {
        return session.finish(kExitAllFailed);
    }
    settings.fingerprint.decoder_threads = session.options().thread_count();
    return compare_and_tell(session, settings);
}

}  // namespace refrain::cli

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

struct FindSettings {
    InputSpec inputs;
    FingerprintOptions fingerprint;
    FindOptions find;
    ExplainSettings explain;
    SandboxChoice sandbox;
    bool is_check = false;  ///< a word a line, and the exit codes of a scanner
};

struct Looked {
    FindReport report;
    std::optional<Error> explain_error;
};

FindReport look_up(Session& session,
                   const Corpus& corpus,
                   const Fingerprinter& fingerprinter,
                   const FindOptions& options,
                   std::pair<Input, std::stop_token> task) {
    const auto began = std::chrono::steady_clock::now();
    FindReport report;
    report.input = std::move(task.first.path);
    if (task.first.error) {
        report.error = std::move(task.first.error);
        return report;
    }
    const auto run = fingerprinter.fingerprint_file(
        report.input, control_for(session, report.input, task.second));
    if (!run) {
        report.error = run.error();
        report.timing.total = elapsed(began);
        return report;
    }
    report.take(*run);
    auto answer = corpus.find(run->fingerprint, options, task.second);
    if (answer) {
        report.timing.search = answer->search_time;
        report.answer = std::move(answer).value();
    } else {
        report.error = answer.error();
    }
    report.timing.total = elapsed(began);
    return report;
}

/// What a scanner has to know: `clean`, `matched`, `shadow`, `allowed`, `partial` or `error`.
std::string_view verdict_word(const FindReport& report) {
    if (report.error || !report.answer) {
        return "error";
    }
    const Action action = report.answer->action.value_or(Action::kNone);
    if (action == Action::kEnforce) {
        return "matched";
    }
    if (report.answer->status == FindStatus::kPartial) {
        return "partial";  // what was not looked at is not clean
    }
    return action == Action::kNone ? "clean" : action_name(action);
}

void count_check(Tally& tally, const FindReport& report) {
    const std::string_view word = verdict_word(report);
    ++(word == "error" || word == "partial" ? tally.failed : tally.done);
    tally.matched += word == "matched" ? 1U : 0U;
}

std::string result_text(const FindReport& report, bool is_json, bool is_check) {
    if (is_check) {
        return is_json ? to_check_json(report, verdict_word(report))
                       : std::string(verdict_word(report));
    }
    return is_json ? to_json(report) : find_text(report);
}

void count(Tally& tally, const Looked& looked) {
    const FindReport& report = looked.report;
    if (report.error || looked.explain_error) {
        ++tally.failed;
        return;
    }
    ++tally.done;
    if (report.answer->status == FindStatus::kMatch) {
        ++tally.matched;
    }
}

int find_all(Session& session, const Corpus& corpus, InputSource& source, FindSettings settings) {
    const ThreadPlan plan = plan_threads(settings.inputs, session.options());
    Tally tally;
    std::uint64_t damaged_items = 0;
    each_input<Looked>(
        session, source, plan,
        {.work =
             [&](Input input, const std::stop_token& token) {
                 FingerprintOptions options = settings.fingerprint.for_query(settings.find.effort);
                 options.decoder_threads = plan.threads_for(input);
                 // What is wrong with the corpus `find` says.
                 const Result<bool> has_lists = corpus.has_hash_lists();
                 options.exact_codes = has_lists && *has_lists;
                 Looked looked{look_up(session, corpus, Fingerprinter(options, session.log()),
                                       settings.find, {std::move(input), token}),
                               std::nullopt};
                 looked.explain_error = explain(looked.report, settings.explain, options, token);
                 return looked;
             },
         .consume =
             [&](std::vector<Looked>& batch) {
                 for (const Looked& looked : batch) {
                     if (session.must_end()) {
                         return false;
                     }
                     const FindReport& report = looked.report;
                     session.print(
                         result_text(report, session.options().is_json, settings.is_check));
                     if (looked.explain_error) {
                         session.complain(explain_failure(report, *looked.explain_error));
                     }
                     if (settings.is_check) {
                         count_check(tally, report);
                     } else {
                         count(tally, looked);
                     }
                     if (report.answer) {
                         damaged_items = std::max(damaged_items, report.answer->damaged_items);
                     }
                     session.progress().finish_one();
                 }
                 return !session.must_end();
             }});
    session.complain_of_damage(damaged_items);
    session.note(formatted("looked up %llu, matched %llu, failed %llu",
                           static_cast<unsigned long long>(tally.done),
                           static_cast<unsigned long long>(tally.matched),
                           static_cast<unsigned long long>(tally.failed)));
    if (!settings.is_check) {
        return session.finish(tally.look_up_exit_code());
    }
    return session.finish(tally.failed > 0    ? tally.exit_code()
                          : tally.matched > 0 ? kExitNoMatch
                                              : kExitDone);
}

}  // namespace

namespace {

/// Runs either command once its options are read.
int run_look_ups(const CommandLine& line,
                 const std::string& command,
                 FindSettings settings,
                 const std::string& index,
                 const std::stop_token& stop) {
    settings.inputs.operands = line.operands();
    if (settings.inputs.operands.empty() && settings.inputs.lists.empty()) {
        return line.wrong_usage("no input given");
    }
    if (const auto problem = prepare_explain(settings.explain, settings.find)) {
        return line.wrong_usage(*problem);
    }
    Session session(command, line.common(), stop);
    auto source = open_inputs(session, settings.inputs);
    if (!source) {
        return kExitUsage;
    }
    if (!start_sandbox(session, settings.sandbox, settings.fingerprint)) {
        return session.finish(kExitAllFailed);
    }
    const ThreadPlan plan = plan_threads(settings.inputs, session.options());
    const int threads_per_look_up = plan.inputs_at_once > 1 ? 1 : plan.threads;
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, threads_per_look_up, index);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    if (const auto code = session.check_banks(*corpus, settings.find.banks)) {
        return session.finish(*code);
    }
    if (!session.prepare(*corpus, IndexScope::kAll)) {
        return session.finish(kExitAllFailed);
    }
    return find_all(session, *corpus, *source, std::move(settings));
}

}  // namespace

int run_find(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("find",
                     "Look images and videos up in the corpus. Exit code 0: something matched,\n"
                     "1: nothing did.",
                     "INPUT...");
    FindSettings settings;
    line.add_words("--bank", settings.find.banks, "Bank to search; may be repeated (default: all)");
    add_look_up_options(line, settings.find);
    add_explain_options(line, settings.explain);
    std::string index = "live";
    add_index_option(line, index);
    line.add_list(settings.inputs.lists);
    line.add_limits(settings.fingerprint.limits);
    add_sandbox_options(line, settings.sandbox);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    return run_look_ups(line, "find", std::move(settings), index, stop);
}

int run_check(Arguments arguments, const std::stop_token& stop) {
    CommandLine line(
        "check",
        "Look images and videos up, and print a word for each: clean, matched (to be\n"
        "acted upon), shadow, allowed, partial or error. Exit code 0: nothing is to be\n"
        "acted upon, 1: something is, 3 and 4: some or all inputs failed.",
        "INPUT...");
    FindSettings settings;
    settings.is_check = true;
    line.add_words("--bank", settings.find.banks, "Bank to search; may be repeated (default: all)");
    add_look_up_options(line, settings.find);
    line.add_list(settings.inputs.lists);
    line.add_limits(settings.fingerprint.limits);
    add_sandbox_options(line, settings.sandbox);
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    return run_look_ups(line, "check", std::move(settings), "live", stop);
}

}  // namespace refrain::cli

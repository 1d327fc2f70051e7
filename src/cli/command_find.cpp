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
#include "cli/look_up.h"
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
    auto answer = corpus.find(run->fingerprint, options);
    if (answer) {
        report.timing.search = answer->search_time;
        report.answer = std::move(answer).value();
    } else {
        report.error = answer.error();
    }
    report.timing.total = elapsed(began);
    return report;
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
                     session.print(session.options().is_json ? to_json(report) : find_text(report));
                     if (looked.explain_error) {
                         session.complain(explain_failure(report, *looked.explain_error));
                     }
                     count(tally, looked);
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
    return session.finish(tally.look_up_exit_code());
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
    settings.inputs.operands = line.operands();
    if (settings.inputs.operands.empty() && settings.inputs.lists.empty()) {
        return line.wrong_usage("no input given");
    }
    if (const auto problem = prepare_explain(settings.explain, settings.find)) {
        return line.wrong_usage(*problem);
    }
    Session session("find", line.common(), stop);
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

}  // namespace refrain::cli

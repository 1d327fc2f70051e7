#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "refrain/import.h"
#include "refrain/json.h"

#include "cli/byte_stream.h"
#include "cli/catalogue_options.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/values.h"

namespace refrain::cli {

namespace {

struct ImportSettings {
    ImportOptions options;
    bool is_dry_run = false;
};

Result<ImportCounts> import_one(Session& session,
                                Corpus* corpus,
                                const std::string& path,
                                const ImportOptions& options) {
    const auto stream = open_stream(path);
    if (!stream) {
        return stream.error();
    }
    const FeedBytes bytes = bytes_of(*stream, session.stop());
    const RefusalVisitor refused = [&](const ImportRefusal& refusal) {
        session.complain(path + ": line " + std::to_string(refusal.line) + ": " +
                         std::string(refusal.reason) +
                         (refusal.detail.empty() ? "" : ": " + refusal.detail));
    };
    return corpus == nullptr ? inspect_import(bytes, options, refused, session.stop())
                             : import_into(*corpus, bytes, options, refused, session.stop());
}

void add_up(ImportCounts& all, const ImportCounts& one) {
    all.lines += one.lines;
    all.added += one.added;
    all.exists += one.exists;
    all.deleted += one.deleted;
    all.kept += one.kept;
    all.stale += one.stale;
    all.passed_over += one.passed_over;
    all.unknown_fields += one.unknown_fields;
    for (const auto& [reason, count] : one.refused) {
        all.refused[reason] += count;
    }
}

std::string import_text(const ImportReport& report) {
    const ImportCounts& counts = report.counts;
    std::uint64_t refused = 0;
    std::string reasons;
    for (const auto& [reason, count] : counts.refused) {
        refused += count;
        reasons += (reasons.empty() ? " (" : ", ") + reason + " " + std::to_string(count);
    }
    return formatted("%s %llu, known before %llu, withdrawn %llu, refused %llu",
                     report.is_dry_run ? "entries" : "added",
                     static_cast<unsigned long long>(counts.added),
                     static_cast<unsigned long long>(counts.exists),
                     static_cast<unsigned long long>(counts.deleted),
                     static_cast<unsigned long long>(refused)) +
           reasons + (reasons.empty() ? "" : ")");
}

int import_all(Session& session,
               Corpus* corpus,
               const std::vector<std::string>& paths,
               const ImportSettings& settings) {
    ImportReport report;
    report.is_dry_run = settings.is_dry_run;
    Tally tally;
    bool is_blocked = false;
    for (const std::string& path : paths) {
        if (session.must_end() || is_blocked) {
            break;
        }
        auto one = import_one(session, corpus, path, settings.options);
        const std::optional<Error> error = one ? one->error : std::optional(one.error());
        if (one) {
            add_up(report.counts, *one);
        }
        if (error) {
            session.complain(path + ": " + std::string(error_code_name(error->code)) + ": " +
                             error->message);
            report.counts.error = error;
            // The corpus takes no more.
            is_blocked = error->code >= ErrorCode::kCorpusNotFound;
        }
        ++(error ? tally.failed : tally.done);
    }
    if (corpus != nullptr && !session.must_end()) {
        session.finish_adding(*corpus);
    }
    session.print(session.options().is_json ? to_json(report) : import_text(report));
    const bool has_gained = report.counts.added + report.counts.exists + report.counts.deleted > 0;
    if (tally.failed > 0 && has_gained) {
        return session.finish(kExitSomeFailed);
    }
    return session.finish(tally.failed == 0 && !report.counts.refused.empty() ? kExitSomeFailed
                                                                              : tally.exit_code());
}

}  // namespace

int run_import(Arguments arguments, const std::stop_token& stop) {
    CommandLine line("import",
                     "Make known what hash lists and bundles of fingerprints hold; - is standard\n"
                     "input. What is known already stays as it is, so an import that was\n"
                     "interrupted is run again. What a feed withdraws goes, unless another source\n"
                     "asserts it.",
                     "FILE...");
    ImportSettings settings;
    line.add_value("--format", settings.options.format, feed_format_named,
                   "auto, pdq, vpdq, digests, records, ncmec, stopncii, tcap, threatexchange, hma",
                   "auto (default), pdq, vpdq, digests, records, ncmec, stopncii, tcap, "
                   "threatexchange, hma");
    line.add_text("--source", settings.options.source,
                  "Name of the list or feed (default: that of its format)");
    add_author_options(line, settings.options.author);
    line.add_text("--bank", settings.options.bank,
                  "Bank to add to (default: as a bundle says, else default)");
    line.add_labels(settings.options.labels, "KEY=VALUE to keep with each item; may be repeated");
    line.add_flag("--word-reversed", settings.options.is_word_reversed,
                  "The sixteen words of each PDQ code are in reverse order");
    line.add_flag("--dry-run", settings.is_dry_run, "Read and count; touch no corpus");
    if (const auto code = line.parse(std::move(arguments))) {
        return *code;
    }
    if (line.operands().empty()) {
        return line.wrong_usage("no file given");
    }
    Session session("import", line.common(), stop);
    if (settings.is_dry_run) {
        return import_all(session, nullptr, line.operands(), settings);
    }
    auto corpus = session.open_corpus(CorpusMode::kCreate, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    return import_all(session, &*corpus, line.operands(), settings);
}

}  // namespace refrain::cli

#include <unistd.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "refrain/export.h"

#include "cli/byte_stream.h"
#include "cli/catalogue_options.h"
#include "cli/command_session.h"
#include "cli/commands.h"
#include "cli/text.h"

namespace refrain::cli {

namespace {

constexpr const char* kFormats = "jsonl, csv, pdq, vpdq, digests or records";

struct ExportSettings {
    std::optional<ExportFormat> format;
    ItemFilter filter;
    bool is_disabled = false;
};

ExitCode export_to_output(Session& session, const Corpus& corpus, const ExportOptions& options) {
    const auto counts = export_items(
        corpus, options,
        [](std::span<const std::byte> bytes) {
            return write_bytes(STDOUT_FILENO, bytes, "standard output");
        },
        session.stop());
    if (!counts) {
        session.complain(counts.error().message);
        return kExitAllFailed;
    }
    if (counts->left_out > 0) {
        session.note(formatted("left out, since the format cannot hold them: %llu",
                               static_cast<unsigned long long>(counts->left_out)));
    }
    session.complain_of_damage(counts->damaged);
    return counts->damaged > 0 ? kExitSomeFailed : kExitDone;
}

}  // namespace

int run_export(Arguments arguments, const std::stop_token& stop) {
    CommandLine line(
        "export",
        "Write items to standard output: jsonl and csv, what is known of each; pdq and\n"
        "vpdq, the codes of items that came from hash lists; digests, the SHA-256 of media\n"
        "and the digests of lists; records, a bundle with fingerprints for import\n"
        "elsewhere, without the media.",
        "");
    ExportSettings settings;
    line.add_value("--format", settings.format, export_format_named, kFormats, kFormats);
    add_filter_options(line, settings.filter, settings.is_disabled);
    if (const auto code = line.parse_options_alone(std::move(arguments))) {
        return *code;
    }
    if (!settings.format) {
        return line.wrong_usage(std::string("--format is missing: ") + kFormats);
    }
    if (settings.format == ExportFormat::kRecords && ::isatty(STDOUT_FILENO) == 1) {
        return line.wrong_usage("a bundle is not for a terminal; send standard output to a file");
    }
    if (settings.is_disabled) {
        settings.filter.is_disabled = true;
    }
    Session session("export", line.common(), stop);
    const auto corpus = session.open_corpus(CorpusMode::kReadOnly, 1);
    if (!corpus) {
        return session.finish(kExitAllFailed);
    }
    if (const auto code = session.check_banks(*corpus, settings.filter.banks)) {
        return session.finish(*code);
    }
    return session.finish(export_to_output(session, *corpus, {*settings.format, settings.filter}));
}

}  // namespace refrain::cli

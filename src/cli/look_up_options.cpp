#include "cli/look_up_options.h"

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "refrain/explain.h"

#include "cli/values.h"

namespace refrain::cli {

namespace {

std::optional<Effort> parse_effort(const std::string& word) {
    if (word == "fast") {
        return Effort::kFast;
    }
    if (word == "normal") {
        return Effort::kNormal;
    }
    return word == "thorough" ? std::optional(Effort::kThorough) : std::nullopt;
}

}  // namespace

void add_look_up_options(CommandLine& line, FindOptions& options) {
    constexpr int kMostMatches = 1'000'000;
    line.add_value("--effort", options.effort, parse_effort, "fast, normal or thorough",
                   "How closely videos are looked at: fast, normal (default) or thorough");
    line.add_value(
        "--min-score", options,
        [&options](const std::string& word) -> std::optional<FindOptions> {
            const auto score = parse_number(word);
            FindOptions next = options;
            next.min_score = score.value_or(0);
            next.overrides_bank_scores = true;
            return score ? std::optional(next) : std::nullopt;
        },
        "a number", "Least score of a match (default 6, or as a bank's settings say)");
    line.add_flag("--similar", options.lists_similar,
                  "List look-alikes too: same template or place, other content; no matches");
    line.add_value(
        "--max-matches", options.max_matches,
        [](const std::string& word) { return parse_int(word, 1, kMostMatches); },
        "a number from 1 on", "Most matches of one input (default 10)");
}

void add_index_option(CommandLine& line, std::string& index) {
    line.add_value(
        "--index", index,
        [](const std::string& word) {
            // What else is wrong, such as FAISS that cannot be loaded, the corpus says by name.
            const Result<void> named = check_index_name(word);
            const bool is_name = named || named.error().code != ErrorCode::kInvalidArgument;
            return is_name ? std::optional(word) : std::nullopt;
        },
        "live, flat, or faiss:DESCRIPTION of a binary index of FAISS that can search a range",
        "How whole frames are searched: live (default), flat or faiss:DESCRIPTION");
}

void add_explain_options(CommandLine& line, ExplainSettings& settings) {
    line.add_text("--explain", settings.folder,
                  "Folder for a picture and the numbers of each match: why it is one");
    line.add_flag("--reveal", settings.is_revealed,
                  "Show these pictures as they are, not blurred and grey");
}

std::optional<std::string> prepare_explain(const ExplainSettings& settings, FindOptions& options) {
    if (settings.folder.empty()) {
        return settings.is_revealed ? std::optional<std::string>("--reveal needs --explain")
                                    : std::nullopt;
    }
    options.wants_explanation = true;
    std::error_code failed;
    std::filesystem::create_directories(settings.folder, failed);
    if (failed || !std::filesystem::is_directory(settings.folder, failed)) {
        return "--explain: no folder " + settings.folder +
               (failed ? ": " + failed.message() : std::string());
    }
    return std::nullopt;
}

std::optional<Error> explain(const FindReport& report,
                             const ExplainSettings& settings,
                             const FingerprintOptions& fingerprint,
                             const std::stop_token& stop) {
    if (settings.folder.empty() || report.error) {
        return std::nullopt;
    }
    ExplainOptions options;
    options.folder = settings.folder;
    options.is_revealed = settings.is_revealed;
    options.limits = fingerprint.limits;
    options.decoder_threads = fingerprint.decoder_threads;
    options.stop = stop;
    options.sandbox = fingerprint.sandbox;
    const auto written = write_explanations(report, options);
    return written ? std::nullopt : std::optional(written.error());
}

std::string explain_failure(const FindReport& report, const Error& error) {
    return report.input + ": not explained: " + std::string(error_code_name(error.code)) + ": " +
           error.message;
}

}  // namespace refrain::cli

#include "cli/look_up.h"

#include <optional>

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

void add_look_up_options(CommandLine& line, FindOptions& options, Effort& effort) {
    constexpr int kMostMatches = 1'000'000;
    line.add_value("--effort", effort, parse_effort, "fast, normal or thorough",
                   "How closely videos are looked at: fast, normal (default) or thorough");
    line.add_value("--min-score", options.min_score, parse_number, "a number",
                   "Least score of a match (default 6)");
    line.add_value(
        "--max-matches", options.max_matches,
        [](const std::string& word) { return parse_int(word, 1, kMostMatches); },
        "a number from 1 on", "Most matches of one input (default 10)");
}

void fill_from_run(FindReport& report, const FingerprintRun& run) {
    report.media = run.fingerprint.media;
    report.decode = run.fingerprint.decode;
    report.timing.decode = run.decode_time;
    report.timing.hash = run.hash_time;
}

}  // namespace refrain::cli

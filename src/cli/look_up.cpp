#include "cli/look_up.h"

#include <optional>

#include "cli/values.h"

namespace refrain::cli {

void add_look_up_options(CommandLine& line, FindOptions& options, std::string& effort) {
    constexpr int kMostMatches = 1'000'000;
    line.add_value(
        "--effort", effort,
        [](const std::string& word) {
            const bool is_known = word == "fast" || word == "normal" || word == "thorough";
            return is_known ? std::optional(word) : std::nullopt;
        },
        "fast, normal or thorough",
        "fast, normal (default) or thorough; all the same in this version");
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

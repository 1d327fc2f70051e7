#pragma once

#include <chrono>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"
#include "refrain/json.h"

#include "cli/command_line.h"

/// What `find` and `compare` share.
namespace refrain::cli {

/// Adds --effort, --min-score and --max-matches.
void add_look_up_options(CommandLine& line, FindOptions& options, Effort& effort);

/// Wall-clock time since `began`.
[[nodiscard]] inline MediaTime elapsed(std::chrono::steady_clock::time_point began) {
    const auto passed = std::chrono::steady_clock::now() - began;
    return MediaTime::from_us(
        std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
}

/// Takes the fingerprint's part of a report from a run.
void fill_from_run(FindReport& report, const FingerprintRun& run);

}  // namespace refrain::cli

#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"
#include "refrain/json.h"

#include "cli/command_line.h"

/// What `find` and `compare` share.
namespace refrain::cli {

/// What --explain and --reveal say.
struct ExplainSettings {
    std::string folder;  ///< empty: nothing is to be explained
    bool is_revealed = false;
};

/// Adds --explain and --reveal.
void add_explain_options(CommandLine& line, ExplainSettings& settings);

/// What is wrong with them, after the folder was made; the look-up is to explain itself then.
[[nodiscard]] std::optional<std::string> prepare_explain(const ExplainSettings& settings,
                                                         FindOptions& options);

/// Writes what --explain asks for. @return why it could not
[[nodiscard]] std::optional<Error> explain(const FindReport& report,
                                           const ExplainSettings& settings,
                                           const FingerprintOptions& fingerprint,
                                           const std::stop_token& stop);

/// How messages name that failure.
[[nodiscard]] std::string explain_failure(const FindReport& report, const Error& error);

/// Adds --effort, --min-score and --max-matches.
void add_look_up_options(CommandLine& line, FindOptions& options);

/// Adds --index: how codes of whole frames are searched, as CorpusOptions::index.
void add_index_option(CommandLine& line, std::string& index);

/// Wall-clock time since `began`.
[[nodiscard]] inline MediaTime elapsed(std::chrono::steady_clock::time_point began) {
    const auto passed = std::chrono::steady_clock::now() - began;
    return MediaTime::from_us(
        std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
}

}  // namespace refrain::cli

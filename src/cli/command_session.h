#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/log.h"
#include "refrain/result.h"

#include "cli/command_line.h"
#include "cli/exit_code.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace refrain::cli {

/// What a running command has at hand: its streams, its stop request, its corpus.
///
/// Thread safety: the main thread alone, but for `stop` and `log`.
class Session {
  public:
    Session(const std::string& command, const CommonOptions& options, std::stop_token stop);

    [[nodiscard]] const CommonOptions& options() const { return options_; }
    [[nodiscard]] const std::stop_token& stop() const { return stop_; }
    [[nodiscard]] LogSink* log() const { return log_.get(); }
    [[nodiscard]] Progress& progress() { return progress_; }

    /// Prints one result. @return whether to go on: false once standard output fails
    bool print(std::string_view line);
    /// Tells the user something; not under --quiet.
    void note(std::string_view text);
    /// Tells the user of a failure.
    void complain(std::string_view text);

    /// Opens the corpus that the options or the environment name; says why it cannot.
    /// @param index  as CorpusOptions::index
    [[nodiscard]] std::optional<Corpus> open_corpus(CorpusMode mode,
                                                    int threads_per_look_up,
                                                    const std::string& index = "live");

    /// Whether the corpus has these banks; says why not.
    /// @return the exit code that the command ends with otherwise
    [[nodiscard]] std::optional<ExitCode> check_banks(const Corpus& corpus,
                                                      const std::vector<std::string>& banks);

    /// Tells the user that items were left out, if any were.
    void complain_of_damage(std::uint64_t items);

    /// Opens the indexes, with progress; says why it cannot. @return whether they are there
    [[nodiscard]] bool prepare(const Corpus& corpus, IndexScope scope);

    /// After much adding: see to it that the corpus opens fast. Says why it may not.
    void finish_adding(Corpus& corpus);

    /// Whether the command should not go on: interrupted, or standard output fails.
    [[nodiscard]] bool must_end() const;

    /// The exit code, after an interruption or a failing standard output had their say.
    [[nodiscard]] int finish(ExitCode otherwise);

  private:
    /// @return whether it did
    [[nodiscard]] bool has_read(const Result<void>& outcome);

    std::string command_;
    CommonOptions options_;
    std::stop_token stop_;
    std::unique_ptr<LogSink> log_;
    Output output_;
    Progress progress_;
};

/// The corpus folder: the option, $REFRAIN_CORPUS, $XDG_DATA_HOME/refrain, ~/.local/share/refrain.
[[nodiscard]] std::optional<std::filesystem::path> corpus_folder(const std::string& option);

}  // namespace refrain::cli

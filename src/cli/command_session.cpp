#include "cli/command_session.h"

#include <cstdlib>
#include <utility>

#include "cli/text.h"

namespace refrain::cli {

namespace {

Progress::Mode progress_mode(const CommonOptions& options) {
    return !options.is_quiet && stderr_is_terminal() ? Progress::Mode::kDrawn
                                                     : Progress::Mode::kHidden;
}

LogLevel log_level(const CommonOptions& options) {
    return options.log_level.value_or(options.is_quiet ? LogLevel::kError : LogLevel::kWarn);
}

std::string environment(const char* name) {
    // Nothing in this program writes the environment. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Session::Session(const std::string& command, const CommonOptions& options, std::stop_token stop)
    : command_(command),
      options_(options),
      stop_(std::move(stop)),
      log_(make_stderr_sink(log_level(options))),
      progress_(command, progress_mode(options)) {}

bool Session::print(std::string_view line) {
    progress_.clear();
    return output_.line(line);
}

void Session::note(std::string_view text) {
    if (!options_.is_quiet) {
        complain(text);
    }
}

void Session::complain(std::string_view text) {
    progress_.clear();
    write_to_stderr("refrain " + command_ + ": " + printable(text) + "\n");
}

std::optional<Corpus> Session::open_corpus(CorpusMode mode,
                                           int threads_per_look_up,
                                           const std::string& index) {
    const auto folder = corpus_folder(options_.corpus);
    if (!folder) {
        complain("no corpus: give --corpus DIR or set REFRAIN_CORPUS");
        return std::nullopt;
    }
    CorpusOptions corpus_options;
    corpus_options.threads = threads_per_look_up;
    corpus_options.index = index;
    corpus_options.log = log_.get();
    auto corpus = Corpus::open(*folder, mode, corpus_options);
    if (!corpus) {
        complain("cannot open the corpus " + folder->string() + ": " +
                 std::string(error_code_name(corpus.error().code)) + ": " + corpus.error().message);
        return std::nullopt;
    }
    return std::move(corpus).value();
}

std::optional<ExitCode> Session::check_banks(const Corpus& corpus,
                                             const std::vector<std::string>& banks) {
    const auto known = corpus.check_banks(banks);
    if (known) {
        return std::nullopt;
    }
    const bool is_usage = known.error().code == ErrorCode::kUnknownBank;
    complain((is_usage ? "--bank: " : "cannot read the corpus: ") + known.error().message);
    return is_usage ? kExitUsage : kExitAllFailed;
}

void Session::complain_of_damage(std::uint64_t items) {
    if (items > 0) {
        complain(
            formatted("damaged items were left out: %llu; `refrain verify` names them and "
                      "says how to heal them",
                      static_cast<unsigned long long>(items)));
    }
}

bool Session::has_read(const Result<void>& outcome) {
    progress_.clear();
    if (!outcome && outcome.error().code != ErrorCode::kCancelled) {
        complain("cannot read the corpus: " + std::string(error_code_name(outcome.error().code)) +
                 ": " + outcome.error().message);
    }
    return outcome.ok();
}

bool Session::prepare(const Corpus& corpus, IndexScope scope) {
    return has_read(corpus.prepare(stop_, progress_.counter("reading the corpus"), scope));
}

void Session::finish_adding(Corpus& corpus) {
    // All that was added is on disk: a failure costs the next one to open the corpus some time.
    static_cast<void>(
        has_read(corpus.finish_adding(stop_, progress_.counter("indexing the corpus"))));
}

bool Session::must_end() const { return stop_.stop_requested() || output_.failure().has_value(); }

int Session::finish(ExitCode otherwise) {
    progress_.clear();
    if (stop_.stop_requested()) {
        complain("interrupted");
        return kExitInterrupted;
    }
    if (output_.failure()) {
        complain(output_.failure()->message);
        return kExitAllFailed;
    }
    return otherwise;
}

std::optional<std::filesystem::path> corpus_folder(const std::string& option) {
    if (!option.empty()) {
        return option;
    }
    if (const std::string named = environment("REFRAIN_CORPUS"); !named.empty()) {
        return named;
    }
    // The base directory specification: a relative path here is to be ignored.
    if (const std::string data = environment("XDG_DATA_HOME"); data.starts_with('/')) {
        return std::filesystem::path(data) / "refrain";
    }
    if (const std::string home = environment("HOME"); !home.empty()) {
        return std::filesystem::path(home) / ".local" / "share" / "refrain";
    }
    return std::nullopt;
}

}  // namespace refrain::cli

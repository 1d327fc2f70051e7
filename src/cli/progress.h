#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"

namespace refrain::cli {

/// The line on standard error that says how far a command is: count, rate, remaining time, and
/// where it is in the current medium. Drawn only on a terminal.
///
/// Thread safety: `follow` may be called from any thread; the rest from the main thread alone.
class Progress {
  public:
    enum class Mode { kHidden, kDrawn };

    Progress(std::string what, Mode mode);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    Progress(Progress&&) = delete;
    Progress& operator=(Progress&&) = delete;
    ~Progress() { clear(); }

    [[nodiscard]] bool is_drawn() const { return mode_ == Mode::kDrawn; }
    void set_total(std::optional<std::uint64_t> total) { total_ = total; }
    void finish_one() { ++done_; }

    /// Where the work on one medium is.
    void follow(const std::string& path, const MediumProgress& at);

    /// Draws the line if the last drawing is old enough.
    void draw();
    /// Takes the line away, for other text.
    void clear();

    /// Shows a count of the library's, such as records read; to be called on the main thread.
    [[nodiscard]] CountProgress counter(const std::string& what);

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] std::string count_part() const;
    [[nodiscard]] std::string medium_part();
    [[nodiscard]] bool is_due();
    void show(const std::string& line);

    struct Medium {
        std::mutex mutex;
        std::string path;
        MediumProgress at;
    };

    std::string what_;
    Mode mode_;
    Clock::time_point began_;
    Clock::time_point drawn_;
    bool is_shown_ = false;
    std::uint64_t done_ = 0;
    std::optional<std::uint64_t> total_;
    Medium medium_;
};

/// Whether standard error is a terminal.
[[nodiscard]] bool stderr_is_terminal();

}  // namespace refrain::cli

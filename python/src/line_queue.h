#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "refrain/log.h"

namespace refrain::python {

/// Keeps the library's log lines until Python's side takes them. Threads of the library never ask
/// for the interpreter's lock, which at the end of the interpreter they would not get.
///
/// Thread safety: safe to share.
class LineQueue final : public LogSink {
  public:
    void write(LogLevel level, std::string_view line) override {
        const std::scoped_lock lock(mutex_);
        if (lines_.size() < kMost) {
            lines_.emplace_back(number_of(level), line);
        } else {
            ++lost_;
        }
    }
    [[nodiscard]] LogLevel level() const override { return LogLevel::kInfo; }

    /// The lines since the last call, each with its level as Python's `logging` numbers it.
    [[nodiscard]] std::vector<std::pair<int, std::string>> take() {
        const std::scoped_lock lock(mutex_);
        auto lines = std::exchange(lines_, {});
        if (lost_ > 0) {
            lines.emplace_back(number_of(LogLevel::kWarn),
                               "lines_lost=" + std::to_string(std::exchange(lost_, 0)));
        }
        return lines;
    }

  private:
    static constexpr std::size_t kMost = 1000;

    static int number_of(LogLevel level) {
        constexpr int kStep = 10;  // DEBUG is 10, INFO 20, WARNING 30, ERROR 40
        return level <= LogLevel::kTrace ? kStep / 2 : static_cast<int>(level) * kStep;
    }

    std::mutex mutex_;
    std::vector<std::pair<int, std::string>> lines_;
    std::size_t lost_ = 0;
};

}  // namespace refrain::python

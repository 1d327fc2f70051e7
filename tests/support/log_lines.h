#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "refrain/log.h"

namespace refrain::test {

/// Keeps every line of a log. Thread safety: safe to share.
class LogLines final : public LogSink {
  public:
    void write(LogLevel /*level*/, std::string_view line) override {
        const std::scoped_lock lock(mutex_);
        text_ += std::string(line) + '\n';
    }
    [[nodiscard]] LogLevel level() const override { return LogLevel::kDebug; }
    [[nodiscard]] bool has(std::string_view part) const {
        const std::scoped_lock lock(mutex_);
        return text_.find(part) != std::string::npos;
    }

  private:
    mutable std::mutex mutex_;
    std::string text_;
};

}  // namespace refrain::test

#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "refrain/api.h"

namespace refrain {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kOff };

/// Receives the library's log lines; the library itself writes nowhere else. Lines are
/// `key=value` text without a line end. Must be safe to call from several threads at once.
class REFRAIN_API LogSink {
  public:
    LogSink() = default;
    LogSink(const LogSink&) = delete;
    LogSink& operator=(const LogSink&) = delete;
    virtual ~LogSink() = default;

    virtual void write(LogLevel level, std::string_view line) = 0;
    /// Lines below this level need not be built.
    [[nodiscard]] virtual LogLevel level() const = 0;
};

/// A sink that writes time, level and line to stderr. Safe to share between threads.
[[nodiscard]] REFRAIN_API std::unique_ptr<LogSink> make_stderr_sink(LogLevel level);

/// `trace`, `debug`, `info`, `warn`, `error` or `off`; nothing for another word.
[[nodiscard]] REFRAIN_API std::optional<LogLevel> parse_log_level(std::string_view word);

}  // namespace refrain

#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "refrain/api.h"

namespace refrain {

/// How much a log line matters, in rising order. A sink with a level gets the lines of that level
/// and of those behind it.
enum class LogLevel {
    kTrace,  ///< one line a frame
    kDebug,  ///< one line a medium
    kInfo,   ///< one line a request
    kWarn,   ///< done, but not as asked
    kError,  ///< not done; the caller was told as well
    kOff,    ///< no lines
};

/// Receives the library's log lines. The library writes nowhere else, and nothing at all without a
/// sink.
///
/// A line is text of `key=value` pairs without a line end. It holds no content of media.
///
/// Lifetime: whoever passes a sink to the library keeps it alive for as long as the object that
/// took it. Thread safety: both functions are called from several threads at once and must allow
/// that. Cost: `level` is asked before each line, so it should be a load; `write` runs in the
/// thread that does the work, which waits for it.
///
///     class Lines final : public LogSink {
///       public:
///         void write(LogLevel, std::string_view line) override {
///             const std::scoped_lock lock(mutex_);
///             lines_.emplace_back(line);
///         }
///         LogLevel level() const override { return LogLevel::kInfo; }
///       ...
///     };
class REFRAIN_API LogSink {
  public:
    LogSink() = default;
    LogSink(const LogSink&) = delete;
    LogSink& operator=(const LogSink&) = delete;
    virtual ~LogSink() = default;

    /// Takes one line. `line` is valid for the call only. Must not throw.
    virtual void write(LogLevel level, std::string_view line) = 0;
    /// The least level that is wanted. Lines below it are not even built.
    [[nodiscard]] virtual LogLevel level() const = 0;
};

/// Makes a sink that writes time, level and line to standard error, one write a line.
///
/// Thread safety: the sink is safe to share.
[[nodiscard]] REFRAIN_API std::unique_ptr<LogSink> make_stderr_sink(LogLevel level);

/// Reads the name of a level: `trace`, `debug`, `info`, `warn`, `error` or `off`, in lower case.
///
/// @return nothing for any other word. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::optional<LogLevel> parse_log_level(std::string_view word);

}  // namespace refrain

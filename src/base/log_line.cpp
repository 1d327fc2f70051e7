#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "refrain/log.h"

namespace refrain {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::kTrace:
            return spdlog::level::trace;
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarn:
            return spdlog::level::warn;
        case LogLevel::kError:
            return spdlog::level::err;
        case LogLevel::kOff:
            return spdlog::level::off;
    }
    return spdlog::level::off;
}

class StderrSink final : public LogSink {
  public:
    explicit StderrSink(LogLevel level)
        : level_(level), logger_("refrain", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        logger_.set_level(to_spdlog(level));
        logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
        logger_.flush_on(spdlog::level::trace);
    }

    void write(LogLevel level, std::string_view line) override {
        // Names of files and items may hold anything, also what moves a terminal's cursor.
        std::string safe(line);
        std::replace_if(
            safe.begin(), safe.end(),
            [](char letter) {
                const auto byte = static_cast<unsigned char>(letter);
                return byte < 0x20 || byte == 0x7F;
            },
            '?');
        logger_.log(to_spdlog(level), "{}", safe);
    }
    [[nodiscard]] LogLevel level() const override { return level_; }

  private:
    LogLevel level_;
    spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<LogSink> make_stderr_sink(LogLevel level) {
    return std::make_unique<StderrSink>(level);
}

std::optional<LogLevel> parse_log_level(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, LogLevel>, 6> kWords{{
        {"trace", LogLevel::kTrace},
        {"debug", LogLevel::kDebug},
        {"info", LogLevel::kInfo},
        {"warn", LogLevel::kWarn},
        {"error", LogLevel::kError},
        {"off", LogLevel::kOff},
    }};
    for (const auto& [name, level] : kWords) {
        if (name == word) {
            return level;
        }
    }
    return std::nullopt;
}

}  // namespace refrain

#pragma once

#include <string>

#include <spdlog/fmt/fmt.h>

#include "refrain/log.h"

namespace refrain::base {

/// Writes a formatted line to `sink` if there is one and it wants the level.
template <typename... Args>
void log(LogSink* sink, LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    if (sink != nullptr && level >= sink->level()) {
        sink->write(level, fmt::format(format, std::forward<Args>(args)...));
    }
}

}  // namespace refrain::base

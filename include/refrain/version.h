#pragma once

#include <string>

#include "refrain/api.h"

namespace refrain {

/// Versions of refrain and of the libraries it runs on, e.g. `0.1.0` and `5.1.6`.
///
/// FFmpeg's and SQLite's are those that are loaded; OpenCV's and FAISS's those of the build.
struct Versions {
    std::string refrain;
    std::string ffmpeg;
    std::string opencv;
    std::string faiss;
    std::string sqlite;
};

/// Never fails. Cost: five small strings. Thread safety: pure function.
[[nodiscard]] REFRAIN_API Versions versions();

}  // namespace refrain

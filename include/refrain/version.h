#pragma once

#include <string>

#include "refrain/api.h"

namespace refrain {

/// Versions of refrain and of the libraries it runs on, e.g. `0.1.0` and `5.1.6`.
///
/// Of FFmpeg and SQLite it is the version that is loaded, of OpenCV and FAISS the one that refrain
/// was built with.
///
/// Thread safety: a value.
struct Versions {
    std::string refrain;
    std::string ffmpeg;
    std::string opencv;
    std::string faiss;
    std::string sqlite;
};

/// The versions in use, for bug reports and `--version`.
///
/// Never fails. Cost: five small strings. Thread safety: pure function.
[[nodiscard]] REFRAIN_API Versions versions();

}  // namespace refrain

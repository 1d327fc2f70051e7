#pragma once

#include <string>

#include "refrain/api.h"

namespace refrain {

/// Versions of refrain and of the libraries it runs on.
struct Versions {
    std::string refrain;
    std::string ffmpeg;
    std::string opencv;
    std::string faiss;
    std::string sqlite;
};

[[nodiscard]] REFRAIN_API Versions versions();

}  // namespace refrain

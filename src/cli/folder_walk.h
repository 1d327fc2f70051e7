#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/inputs.h"

namespace refrain::cli {

/// Walks one folder at a time, depth first, names in byte order. See InputSource for the rules.
///
/// Memory: the names in the folders between the top and the current one.
/// Thread safety: one thread at a time.
class FolderWalk {
  public:
    explicit FolderWalk(InputSource::Note note);

    /// Begins with a folder that the user named; a link to one is followed here.
    [[nodiscard]] std::optional<Input> enter_top(const std::string& path);

    /// The next input; nothing at the end or when a stop was requested.
    [[nodiscard]] std::optional<Input> next(const std::stop_token& stop);

  private:
    struct Level {
        std::string path;
        std::vector<std::string> names;
        std::size_t position = 0;
    };

    [[nodiscard]] std::optional<Input> enter(const std::string& path, int extra_flags);
    [[nodiscard]] std::optional<Input> visit(const std::string& path);

    InputSource::Note note_;
    std::vector<Level> levels_;
};

}  // namespace refrain::cli

#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "refrain/result.h"

#include "base/unique_fd.h"

namespace refrain::explain {

/// `text` as part of a file name: ASCII letters, digits, `_`, `-` and dots that are not first;
/// anything else becomes `_`; at most `most` bytes; never empty.
[[nodiscard]] std::string safe_name(std::string_view text, std::size_t most);

/// A folder that files are written to, whole or not at all.
///
/// Thread safety: safe to share; the last of two writers of one name wins.
class OutputFolder {
  public:
    /// Opens the folder, and makes it and those above it if need be.
    /// @error kDiskFull, kUnreadable
    [[nodiscard]] static Result<OutputFolder> open(const std::filesystem::path& path);

    /// Writes a file; one of that name is replaced, a link of that name too, not what it leads to.
    /// @param name  without a slash
    /// @return its path
    /// @error kDiskFull, kUnreadable
    [[nodiscard]] Result<std::filesystem::path> write(const std::string& name,
                                                      std::span<const std::byte> bytes) const;

  private:
    OutputFolder(std::filesystem::path path, base::UniqueFd descriptor)
        : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

    std::filesystem::path path_;
    base::UniqueFd descriptor_;
};

}  // namespace refrain::explain

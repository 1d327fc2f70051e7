#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "refrain/result.h"

#include "service/json_input.h"

namespace refrain::service {

/// A file of JSON lines that is only added to: what the service itself must remember beside the
/// corpus. What `append` returned from survives a crash of the machine.
///
/// Thread safety: safe to share.
class Journal {
  public:
    /// Reads what is there, line by line. Half a line at the end, which nobody was told of, is cut
    /// off. @error kUnreadable, kDiskFull, kCorpusDamaged  names the line
    [[nodiscard]] static Result<std::unique_ptr<Journal>> open(
        const std::filesystem::path& file,
        const std::function<void(const Json&)>& visit);
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    Journal(Journal&&) = delete;
    Journal& operator=(Journal&&) = delete;
    ~Journal();

    /// @error kDiskFull, kUnreadable  nothing was added
    [[nodiscard]] Result<void> append(const Json& line);

    /// Puts these lines in the place of all others, in one step.
    [[nodiscard]] Result<void> replace(const std::vector<Json>& lines);

    [[nodiscard]] std::uint64_t lines() const;

  private:
    Journal(std::filesystem::path file, int descriptor, std::uint64_t bytes);

    std::filesystem::path file_;
    mutable std::mutex mutex_;
    int descriptor_;
    std::uint64_t bytes_;
    std::uint64_t lines_ = 0;
};

}  // namespace refrain::service

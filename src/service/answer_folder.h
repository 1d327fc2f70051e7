#pragma once

#include <cstddef>
#include <filesystem>
#include <utility>

#include "refrain/result.h"

namespace refrain::service {

/// A folder in the spool for the files of one answer. It is gone with the object.
///
/// What it holds is not meant to last: it may show what is unwanted. A process that was killed
/// leaves its folders behind, and the next start removes them. Folders of a process that lives are
/// told by a lock, which the kernel takes from the dead.
///
/// Thread safety: one thread at a time; several may each have a folder.
class AnswerFolder {
  public:
    /// Makes a folder that only its owner may enter. @error kDiskFull, kUnreadable
    [[nodiscard]] static Result<AnswerFolder> make(const std::filesystem::path& spool);

    AnswerFolder(AnswerFolder&& other) noexcept
        : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
    AnswerFolder& operator=(AnswerFolder&&) = delete;
    AnswerFolder(const AnswerFolder&) = delete;
    AnswerFolder& operator=(const AnswerFolder&) = delete;
    ~AnswerFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    AnswerFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_;  ///< the open folder; -1: moved from
};

/// Removes the answer folders that nobody holds any more. What cannot be removed stays, for the
/// next start. @return how many were removed
std::size_t remove_abandoned_answers(const std::filesystem::path& spool);

}  // namespace refrain::service

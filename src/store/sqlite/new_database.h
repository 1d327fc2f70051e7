#pragma once

#include <filesystem>
#include <string_view>

#include "refrain/result.h"

namespace refrain::store {

/// A database under construction beside its place: readable by its owner alone, seen by nobody
/// until it is given its name in one step, and removed with all that SQLite put beside it
/// otherwise.
class NewDatabase {
  public:
    /// Makes `folder` (mode 0700) and its parents if need be, and an empty file in it (mode 0600).
    /// @error kCorpusReadOnly, kDiskFull, kUnreadable
    [[nodiscard]] static Result<NewDatabase> make(const std::filesystem::path& folder);
    NewDatabase(NewDatabase&& other) noexcept;
    NewDatabase& operator=(NewDatabase&&) = delete;
    NewDatabase(const NewDatabase&) = delete;
    NewDatabase& operator=(const NewDatabase&) = delete;
    ~NewDatabase();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    enum class Taken { kKeep, kReplace };
    /// Brings the closed file to disk and names it `folder`/refrain.db. @return whether the name
    /// was free or could be taken; false leaves the file that has it
    [[nodiscard]] Result<bool> take_name(Taken taken) const;

  private:
    explicit NewDatabase(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
};

/// Brings names in a folder to disk. @error as `cannot_write`
[[nodiscard]] Result<void> sync_folder(const std::filesystem::path& folder);

/// A refusal to write is about the corpus, not about a file of it.
[[nodiscard]] Error cannot_write(int error_number, std::string_view doing);

}  // namespace refrain::store

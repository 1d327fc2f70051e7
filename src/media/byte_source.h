#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "refrain/limits.h"
#include "refrain/result.h"

#include "base/unique_fd.h"

namespace refrain::media {

/// The bytes of one medium: a regular file of a size that was fixed when it was opened, or memory.
///
/// Thread safety: one thread at a time.
class ByteSource {
  public:
    /// Opens without blocking and without following anything but symbolic links.
    ///
    /// @error kNotFound, kUnreadable (permission, not a regular file, symlink loop, I/O),
    ///        kEmpty, kTooLarge
    [[nodiscard]] static Result<ByteSource> open_file(const std::filesystem::path& path,
                                                      const Limits& limits);
    /// Borrows `descriptor`; its file position is neither used nor moved. Errors as above.
    [[nodiscard]] static Result<ByteSource> from_descriptor(int descriptor, const Limits& limits);
    /// Borrows `bytes`. @error kEmpty, kTooLarge
    [[nodiscard]] static Result<ByteSource> from_bytes(std::span<const std::byte> bytes,
                                                       const Limits& limits);

    /// A part of this source as one of its own, which borrows it: bytes `offset` up to
    /// `offset + bytes`, both cut to what is there.
    [[nodiscard]] ByteSource range(std::uint64_t offset, std::uint64_t bytes) const;

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// -1 for memory.
    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// Reads up to into.size() bytes at `offset`; fewer only at the end. @error kUnreadable
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                              std::span<std::byte> into) const;

    /// @error kUnreadable  the file's size or modification time differs from when it was opened
    [[nodiscard]] Result<void> check_unchanged() const;

  private:
    ByteSource() = default;

    base::UniqueFd owned_;
    int descriptor_ = -1;
    std::span<const std::byte> memory_;
    std::uint64_t start_ = 0;  ///< of this source in the file or memory
    std::uint64_t size_ = 0;
    std::uint64_t file_size_ = 0;
    std::int64_t modified_ns_ = 0;
};

}  // namespace refrain::media

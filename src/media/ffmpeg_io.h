#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "refrain/media_time.h"
#include "refrain/result.h"

#include "media/byte_source.h"
#include "media/ffmpeg_handles.h"

namespace refrain::media {

/// Ends work on one medium: on request, or when it has taken too long.
class Deadline {
  public:
    Deadline(std::stop_token stop, MediaTime max_wall_time);

    /// @error kCancelled, kTimeout
    [[nodiscard]] Result<void> check() const;

  private:
    std::stop_token stop_;
    std::chrono::steady_clock::time_point end_;
    MediaTime max_wall_time_;
};

/// Lets FFmpeg read a ByteSource and nothing else.
///
/// Borrows the deadline, and what the source borrows or owns. Thread safety: one thread at a time.
/// Must stay where it is.
class FfmpegIo {
  public:
    FfmpegIo(const ByteSource& source, const Deadline& deadline);
    FfmpegIo(const FfmpegIo&) = delete;
    FfmpegIo& operator=(const FfmpegIo&) = delete;
    FfmpegIo(FfmpegIo&&) = delete;
    FfmpegIo& operator=(FfmpegIo&&) = delete;
    ~FfmpegIo() = default;

    /// Null if there was no memory.
    [[nodiscard]] AVIOContext* context() const { return io_.get(); }
    /// What ended reading, if that was neither the end of the bytes nor FFmpeg itself.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  private:
    static int read(void* self, std::uint8_t* into, int size);
    static std::int64_t seek(void* self, std::int64_t offset, int whence);

    ByteSource source_;  // a view of the caller's
    const Deadline& deadline_;
    std::uint64_t position_ = 0;
    std::optional<Error> failure_;
    IoHandle io_;
};

/// Silences FFmpeg's log, which would go to stderr. For the whole process, once.
void silence_ffmpeg();

/// FFmpeg's words for one of its error numbers.
[[nodiscard]] std::string ffmpeg_message(int error);

}  // namespace refrain::media

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "media/byte_source.h"
#include "media/ffmpeg_handles.h"
#include "media/ffmpeg_io.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// Which visual stream of a container is meant.
struct StreamChoice {
    int stream = -1;                 ///< as the container counts them; -1: the one that people see
    bool ignores_edit_list = false;  ///< MP4: every frame of the track, by the track's own clock
};

/// An open container and the visual stream that was chosen in it.
///
/// Stays where it is: FFmpeg keeps pointers into it. Thread safety: one thread at a time.
struct FfmpegInput {
    FfmpegInput(const ByteSource& source, const ReaderOptions& options)
        : deadline(options.stop, options.limits.max_wall_time), io(source, deadline) {}

    Deadline deadline;
    FfmpegIo io;
    FormatHandle format;
    AVStream* stream = nullptr;  ///< owned by `format`
    bool is_attached_picture = false;
    bool is_picture_format = false;

    /// Why FFmpeg stopped early, if it did: cancelled, too late, or the bytes cannot be read.
    [[nodiscard]] Result<void> check() const;
};

/// Recognises the container among those that hold media and nothing but media (no playlist, no
/// script, no subtitle file, no device), and picks the best visual stream.
///
/// @error kUnsupportedFormat, kNoVisualStream, kCorrupt, kTooLarge, kUnreadable, kTimeout,
///        kCancelled, kInternal
[[nodiscard]] Result<std::unique_ptr<FfmpegInput>> open_input(const ByteSource& source,
                                                              const ReaderOptions& options,
                                                              const StreamChoice& choice = {});

/// The visual streams of an open container, the one that people see first.
[[nodiscard]] std::vector<int> ranked_streams(const FfmpegInput& input);

/// Whether the stream is a cover or a preview of what else the container holds.
[[nodiscard]] bool is_cover(const AVStream& stream);

}  // namespace refrain::media

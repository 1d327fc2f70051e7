#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "media/byte_source.h"
#include "media/ffmpeg_input.h"
#include "media/frame_reader.h"
#include "media/medium_parts.h"

namespace refrain::media {

/// Which frames of a container are read.
struct FfmpegTrack {
    int stream = -1;          ///< as the container counts them; -1: the one that people see
    bool is_further = false;  ///< there is another one before it: if it is empty, nothing is amiss
    bool is_unshown = false;  ///< those alone that the edit list keeps from being shown
};

/// Reads the stream that was chosen in an open container.
///
/// @param passed_over  where frames lie in the file that are not returned; sorted
/// @error as open_frames
[[nodiscard]] Result<std::unique_ptr<FrameReader>> read_input(
    std::unique_ptr<FfmpegInput> input,
    const ReaderOptions& options,
    const std::string& truncation,
    const FfmpegTrack& track,
    std::vector<std::int64_t> passed_over);

/// Lists the tracks of what FFmpeg demuxes, and what their edit lists leave out.
///
/// @param truncation  what the container lacks, in words; empty: nothing
/// @error as open_frames
[[nodiscard]] Result<MediumPlan> plan_ffmpeg(const ByteSource& source,
                                             const ReaderOptions& options,
                                             const std::string& truncation);

/// The track that a plan of `plan_ffmpeg` means.
[[nodiscard]] FfmpegTrack track_of(const PartPlan& plan);

/// Opens what FFmpeg demuxes: videos, animations, and pictures that are read no other way.
///
/// @param truncation  what the container lacks, in words; empty: nothing
/// @error as open_frames
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_ffmpeg(const ByteSource& source,
                                                               const ReaderOptions& options,
                                                               const std::string& truncation,
                                                               const FfmpegTrack& track = {});

}  // namespace refrain::media

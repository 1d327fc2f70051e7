#pragma once

#include <cstdint>
#include <functional>
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

/// Opens a stream as the container counts them, without its edit list. @error as open_frames
using OpenRaw = std::function<Result<std::unique_ptr<FfmpegInput>>(int stream)>;

/// Adds a part for each track of `plan` of which the edit list leaves out more than kMostUnshown.
/// A track that cannot be opened so is noted in `plan.left_out`.
///
/// @error kCancelled, kUnreadable
[[nodiscard]] Result<void> add_unshown(const FfmpegInput& input,
                                       const OpenRaw& open_raw,
                                       MediumPlan& plan);

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

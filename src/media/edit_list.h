#pragma once

#include <cstdint>
#include <vector>

#include "refrain/media_time.h"

#include "media/ffmpeg_input.h"

namespace refrain::media {

/// Frames that an edit list leaves out for up to so long are no part of their own: cutting at a
/// frame that others are not made from leaves as much.
inline constexpr MediaTime kMostUnshown = MediaTime::from_seconds(1);

/// Where the frames of a track lie in the file that its edit list shows. Sorted, each once.
[[nodiscard]] std::vector<std::int64_t> shown_positions(const AVStream& stream);

/// Whether the edit list of an MP4 track leaves frames out. False where the track has none, or no
/// index before its frames.
[[nodiscard]] bool leaves_frames_out(const FfmpegInput& input,
                                     const AVStream& stream,
                                     const std::vector<std::int64_t>& shown);

/// How long the frames last that are not shown.
///
/// @param stream  the track, opened without its edit list
[[nodiscard]] MediaTime time_left_out(const AVStream& stream,
                                      const std::vector<std::int64_t>& shown);

}  // namespace refrain::media

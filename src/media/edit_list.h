#pragma once

#include <cstdint>
#include <vector>

#include "refrain/media_time.h"

#include "media/ffmpeg_input.h"

namespace refrain::media {

/// If the frames that an edit list hides last no longer than this, they are no part of their own:
/// editors that cut at the nearest keyframe hide as much.
inline constexpr MediaTime kMostUnshown = MediaTime::from_seconds(1);

/// Where the frames of a track lie in the file that its edit list shows. Sorted, each once.
[[nodiscard]] std::vector<std::int64_t> shown_positions(const AVStream& stream);

/// Whether the edit list of an MP4 track leaves frames out. False where the track has none, or no
/// index before its frames.
[[nodiscard]] bool leaves_frames_out(const FfmpegInput& input,
                                     const AVStream& stream,
                                     const std::vector<std::int64_t>& shown);

/// How long the frames last that the edit list hides.
///
/// @param stream  the track, opened without its edit list
[[nodiscard]] MediaTime time_left_out(const AVStream& stream,
                                      const std::vector<std::int64_t>& shown);

}  // namespace refrain::media

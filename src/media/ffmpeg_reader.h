#pragma once

#include <memory>
#include <string>

#include "media/byte_source.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// Opens what FFmpeg demuxes: videos, animations, and pictures that are read no other way.
///
/// @param truncation  what the container lacks, in words; empty: nothing
/// @error as open_frames
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_ffmpeg(const ByteSource& source,
                                                               const ReaderOptions& options,
                                                               const std::string& truncation);

}  // namespace refrain::media

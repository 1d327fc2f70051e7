#pragma once

#include "refrain/result.h"

#include "media/byte_source.h"
#include "media/frame_reader.h"
#include "media/medium_parts.h"

namespace refrain::media {

/// The still, the further views of a stereo or panorama file, and a film behind them.
///
/// Previews, gain maps and depth maps are helpers of the still and no pictures of their own.
[[nodiscard]] MediumPlan plan_jpeg(const ByteSource& source);

/// The pictures of a HEIC or AVIF file, and a film in it or behind it.
///
/// @error as open_frames
[[nodiscard]] Result<MediumPlan> plan_heif(const ByteSource& source, const ReaderOptions& options);

/// The pages of a TIFF file, without smaller copies and masks of them.
///
/// @error as open_frames
[[nodiscard]] Result<MediumPlan> plan_tiff(const ByteSource& source, const ReaderOptions& options);

}  // namespace refrain::media

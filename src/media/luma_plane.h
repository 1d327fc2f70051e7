#pragma once

#include <optional>

#include "frame/picture.h"
#include "media/ffmpeg_handles.h"

namespace refrain::media {

/// The luma plane inside a decoded frame; nothing where the format has none that lies by itself
/// (RGB, palettes, packed YUV, other byte orders) or where transparency has to be seen to first.
///
/// @param upright  what shows the plane upright
/// @return         valid as long as the frame
[[nodiscard]] std::optional<frame::LumaView> luma_plane(const AVFrame& frame,
                                                        const frame::Dihedral& upright);

}  // namespace refrain::media

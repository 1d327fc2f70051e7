#pragma once

#include <optional>

#include "frame/picture.h"
#include "media/ffmpeg_handles.h"

namespace refrain::media {

/// The luma plane inside a decoded frame. There is none if the format has no separate plane (RGB,
/// palettes, packed YUV, other byte orders), or if the frame has transparency, which has to be
/// blended first.
///
/// @param upright  what shows the plane upright
/// @return         valid as long as the frame
[[nodiscard]] std::optional<frame::LumaView> luma_plane(const AVFrame& frame,
                                                        const frame::Dihedral& upright);

}  // namespace refrain::media

#pragma once

#include <optional>

#include "frame/picture.h"
#include "media/ffmpeg_handles.h"
#include "media/orientation.h"

namespace refrain::media {

/// The luma plane inside a decoded frame; nothing where the format has none that lies by itself
/// (RGB, palettes, packed YUV, other byte orders) or where transparency has to be seen to first.
///
/// Valid as long as the frame.
[[nodiscard]] std::optional<frame::LumaView> luma_plane(const AVFrame& frame,
                                                        const Orientation& orientation);

}  // namespace refrain::media

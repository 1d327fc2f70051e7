#pragma once

#include "media/ffmpeg_handles.h"

namespace refrain::media {

/// The pixel format without the range that the deprecated "J" formats imply.
[[nodiscard]] AVPixelFormat plain_format(AVPixelFormat format);

/// Whether samples use all of their values; else black is 16 and white 235 in 8 bits.
[[nodiscard]] bool is_full_range(const AVFrame& frame);

}  // namespace refrain::media

#pragma once

#include <cstdint>

#include "refrain/limits.h"
#include "refrain/result.h"

namespace refrain::media {

/// Whether a picture of this size may be decoded, asked before memory is taken for it.
///
/// @param width, height    as claimed; zero or less is damage
/// @param bytes_per_pixel  of all planes together, >= 1
/// @error kTooLarge  over max_side, max_pixels or max_memory_bytes
/// @error kCorrupt   an empty picture
///
/// Thread safety: pure function.
[[nodiscard]] Result<void> check_picture_size(std::int64_t width,
                                              std::int64_t height,
                                              unsigned bytes_per_pixel,
                                              const Limits& limits);

}  // namespace refrain::media

#pragma once

#include <cstddef>
#include <vector>

#include "refrain/result.h"

#include "frame/picture.h"

namespace refrain::media {

/// A picture as the bytes of a PNG file. @error kInternal, kInvalidArgument (no pixels)
///
/// Thread safety: pure function.
[[nodiscard]] Result<std::vector<std::byte>> encode_png(const frame::RgbView& picture);

}  // namespace refrain::media

#pragma once

#include "refrain/result.h"

#include "frame/picture.h"
#include "media/orientation.h"

namespace refrain::media {

/// `stored` as it is to be seen; `scratch` holds the pixels unless nothing is to be done.
///
/// @return valid as long as neither image changes
/// @error kInternal  OpenCV failed
[[nodiscard]] Result<frame::RgbView> turned(const frame::RgbImage& stored,
                                            const frame::Dihedral& orientation,
                                            frame::RgbImage& scratch);

}  // namespace refrain::media

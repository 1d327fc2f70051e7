#pragma once

#include "frame/picture.h"
#include "media/orientation.h"

namespace refrain::media {

/// `stored` as it is to be seen; `scratch` holds the pixels unless nothing is to be done.
///
/// @param stored  packed, 1 x 1 and larger
/// @return valid as long as neither image changes
///
/// Cost: one pass over the pixels. Thread safety: pure function but for the scratch.
[[nodiscard]] frame::RgbView turned(const frame::RgbImage& stored,
                                    const frame::Dihedral& orientation,
                                    frame::RgbImage& scratch);

}  // namespace refrain::media

#pragma once

#include <cstdint>
#include <span>

#include "frame/dihedral.h"

namespace refrain::media {

/// What shows stored pixels upright, from the EXIF tag 0x0112. Values other than 1..8 mean upright.
[[nodiscard]] frame::Dihedral orientation_from_exif(int value);

/// The same, from a container's 3x3 display matrix in row order (ISO/IEC 14496-12, 8.5.2). A turn
/// by another angle than a multiple of 90 degrees is rounded to the nearest one.
[[nodiscard]] frame::Dihedral orientation_from_matrix(std::span<const std::int32_t, 9> matrix);

}  // namespace refrain::media

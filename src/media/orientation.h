#pragma once

#include <cstdint>
#include <span>

namespace refrain::media {

/// How stored pixels become upright ones: swap rows and columns first, then mirror.
struct Orientation {
    bool is_transposed = false;
    bool is_flipped_x = false;  ///< left and right change places
    bool is_flipped_y = false;  ///< top and bottom change places

    friend bool operator==(const Orientation&, const Orientation&) = default;
    [[nodiscard]] bool is_upright() const { return *this == Orientation{}; }
};

/// From the EXIF tag 0x0112. Values other than 1..8 mean upright.
[[nodiscard]] Orientation orientation_from_exif(int value);

/// From a container's 3x3 display matrix in row order (ISO/IEC 14496-12, 8.5.2). Turns that are no
/// multiple of 90 degrees become the nearest one.
[[nodiscard]] Orientation orientation_from_matrix(std::span<const std::int32_t, 9> matrix);

}  // namespace refrain::media

#include "media/orientation.h"

#include <cstdlib>

namespace refrain::media {

Orientation orientation_from_exif(int value) {
    switch (value) {
        case 2:
            return {.is_flipped_x = true};
        case 3:
            return {.is_flipped_x = true, .is_flipped_y = true};
        case 4:
            return {.is_flipped_y = true};
        case 5:
            return {.is_transposed = true};
        case 6:
            return {.is_transposed = true, .is_flipped_x = true};
        case 7:
            return {.is_transposed = true, .is_flipped_x = true, .is_flipped_y = true};
        case 8:
            return {.is_transposed = true, .is_flipped_y = true};
        default:
            return {};
    }
}

Orientation orientation_from_matrix(std::span<const std::int32_t, 9> matrix) {
    // A stored point (x, y) is shown at (a x + c y, b x + d y).
    const std::int64_t a = matrix[0];
    const std::int64_t b = matrix[1];
    const std::int64_t c = matrix[3];
    const std::int64_t d = matrix[4];
    if (std::llabs(a) + std::llabs(d) >= std::llabs(b) + std::llabs(c)) {
        return {.is_flipped_x = a < 0, .is_flipped_y = d < 0};
    }
    return {.is_transposed = true, .is_flipped_x = c < 0, .is_flipped_y = b < 0};
}

}  // namespace refrain::media

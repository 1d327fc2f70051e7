#include "media/orientation.h"

#include <cstdlib>

namespace refrain::media {

frame::Dihedral orientation_from_exif(int value) {
    switch (value) {
        case 2:
            return {.flips_x = true};
        case 3:
            return {.flips_x = true, .flips_y = true};
        case 4:
            return {.flips_y = true};
        case 5:
            return {.transposes = true};
        case 6:
            return {.transposes = true, .flips_x = true};
        case 7:
            return {.transposes = true, .flips_x = true, .flips_y = true};
        case 8:
            return {.transposes = true, .flips_y = true};
        default:
            return {};
    }
}

frame::Dihedral orientation_from_matrix(std::span<const std::int32_t, 9> matrix) {
    // A stored point (x, y) is shown at (a x + c y, b x + d y).
    const std::int64_t a = matrix[0];
    const std::int64_t b = matrix[1];
    const std::int64_t c = matrix[3];
    const std::int64_t d = matrix[4];
    if (std::llabs(a) + std::llabs(d) >= std::llabs(b) + std::llabs(c)) {
        return {.flips_x = a < 0, .flips_y = d < 0};
    }
    return {.transposes = true, .flips_x = c < 0, .flips_y = b < 0};
}

}  // namespace refrain::media

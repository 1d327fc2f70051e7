#include "local/binary_code.h"

#include <cstdint>
#include <numbers>
#include <random>

#include <gtest/gtest.h>

#include "local/corners.h"
#include "local/local_features.h"

namespace refrain::local {
namespace {

Plane noise_plane(int width, int height, std::uint32_t seed) {
    std::mt19937 random(seed);
    Plane plane;
    plane.resize(width, height);
    for (int r = 0; r < height; ++r) {
        for (int c = 0; c < width; ++c) {
            plane.row(r)[c] = static_cast<std::uint8_t>(random() & 255U);
        }
    }
    plane.mirror_margin();
    return plane;
}

Plane mirror_of(const Plane& plane) {
    Plane result;
    result.resize(plane.width(), plane.height());
    for (int r = 0; r < plane.height(); ++r) {
        for (int c = 0; c < plane.width(); ++c) {
            result.row(r)[c] = plane.row(r)[plane.width() - 1 - c];
        }
    }
    result.mirror_margin();
    return result;
}

BlurredLevel blurred(const Plane& plane) {
    BlurredLevel level;
    blur(plane, 1, level[0]);
    blur(level[0], 2, level[1]);
    blur(level[1], 4, level[2]);
    return level;
}

float angle_at(int step) { return static_cast<float>(step) * 2 * std::numbers::pi_v<float> / 640; }

TEST(BinaryCode, IsWhatItsDefinitionSaysInEveryDirectionUpToTheEdge) {
    const BlurredLevel level = blurred(noise_plane(61, 47, 1));
    for (int step = -64; step < 700; ++step) {
        const int x = kEdgeDistance + (step + 64) * 7 % (61 - 2 * kEdgeDistance);
        const int y = step % 2 == 0 ? kEdgeDistance : 46 - kEdgeDistance;
        ASSERT_EQ(binary_code(level, x, y, angle_at(step)),
                  binary_code_plain(level, x, y, angle_at(step)))
            << "step " << step;
    }
}

TEST(BinaryCode, OfTheMirroredPictureIsExactlyTheMirroredCode) {
    const Plane plane = noise_plane(60, 50, 2);
    const BlurredLevel level = blurred(plane);
    const BlurredLevel mirror = blurred(mirror_of(plane));
    constexpr float kHalfTurn = std::numbers::pi_v<float>;
    for (int direction = 0; direction < 64; ++direction) {
        const float angle = static_cast<float>(direction) * kHalfTurn / 32;
        const int x = kEdgeDistance + direction % (60 - 2 * kEdgeDistance);
        ASSERT_EQ(mirrored(binary_code(level, x, 20, angle)),
                  binary_code(mirror, 59 - x, 20, kHalfTurn - angle))
            << "direction " << direction;
    }
}

TEST(Resample, CommutesWithMirroring) {
    for (const int width : {40, 41, 67, 100}) {
        const Plane plane = noise_plane(width, 53, 3);
        Plane small;
        Plane small_of_mirror;
        resample(plane, width * 5 / 6, 44, small);
        resample(mirror_of(plane), width * 5 / 6, 44, small_of_mirror);
        const Plane mirror = mirror_of(small);
        for (int r = 0; r < 44; ++r) {
            for (int c = 0; c < mirror.width(); ++c) {
                ASSERT_EQ(mirror.row(r)[c], small_of_mirror.row(r)[c])
                    << width << " " << r << " " << c;
            }
        }
    }
}

}  // namespace
}  // namespace refrain::local

#include "media/orientation.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <gtest/gtest.h>

#include "media/turn.h"

namespace refrain::media {
namespace {

/// 2 wide, 3 high; every pixel has its own red.
frame::RgbImage numbered() {
    frame::RgbImage image{2, 3, {}};
    for (std::uint8_t i = 0; i < 6; ++i) {
        image.pixels.insert(image.pixels.end(), {i, 0, 0});
    }
    return image;
}

/// The numbers of the picture that EXIF value `exif` shows, row by row.
std::vector<int> shown(int exif) {
    frame::RgbImage scratch;
    const frame::RgbImage stored = numbered();
    const frame::RgbView view = turned(stored, orientation_from_exif(exif), scratch);
    std::vector<int> numbers = {view.width};
    for (int row = 0; row < view.height; ++row) {
        for (int column = 0; column < view.width; ++column) {
            numbers.push_back(view.row(row)[3 * column]);
        }
    }
    return numbers;
}

// What TIFF 6.0 and EXIF 2.3 say of the tag: where row 0 and column 0 are to be seen.
TEST(Orientation, ShowsAllEightExifOrientationsUpright) {
    using Numbers = std::vector<int>;
    EXPECT_EQ(shown(1), (Numbers{2, 0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(shown(2), (Numbers{2, 1, 0, 3, 2, 5, 4}));
    EXPECT_EQ(shown(3), (Numbers{2, 5, 4, 3, 2, 1, 0}));
    EXPECT_EQ(shown(4), (Numbers{2, 4, 5, 2, 3, 0, 1}));
    EXPECT_EQ(shown(5), (Numbers{3, 0, 2, 4, 1, 3, 5}));
    EXPECT_EQ(shown(6), (Numbers{3, 4, 2, 0, 5, 3, 1}));
    EXPECT_EQ(shown(7), (Numbers{3, 5, 3, 1, 4, 2, 0}));
    EXPECT_EQ(shown(8), (Numbers{3, 1, 3, 5, 0, 2, 4}));
}

/// Larger than what is turned at once, and no multiple of it.
TEST(Orientation, TurnsEveryPixelOfALargePicture) {
    frame::RgbImage stored{150, 131, {}};
    for (int i = 0; i < 150 * 131; ++i) {
        const auto low = static_cast<std::uint8_t>(i % 251);
        const auto high = static_cast<std::uint8_t>(i / 251);
        stored.pixels.insert(stored.pixels.end(), {low, high, 7});
    }
    for (int exif = 2; exif <= 8; ++exif) {
        const frame::Dihedral way = orientation_from_exif(exif);
        frame::RgbImage scratch;
        const frame::RgbView view = turned(stored, way, scratch);
        ASSERT_EQ(view.width, way.transposes ? 131 : 150);
        ASSERT_EQ(view.height, way.transposes ? 150 : 131);
        const frame::Place<int> far{view.width - 1, view.height - 1};
        for (int y = 0; y < view.height; ++y) {
            for (int x = 0; x < view.width; ++x) {
                const frame::Place<int> from = apply(frame::inverse(way), {x, y}, far);
                const std::uint8_t* expected = stored.view().row(from.y) + 3 * from.x;
                ASSERT_TRUE(std::equal(expected, expected + 3, view.row(y) + 3 * x))
                    << exif << " at " << x << ", " << y;
            }
        }
    }
}

TEST(Orientation, TakesUnknownExifValuesForUpright) {
    for (const int value : {-1, 0, 9, 65535}) {
        EXPECT_TRUE(orientation_from_exif(value).is_upright()) << value;
    }
}

TEST(Orientation, ReadsTheMatrixOfAClockwiseQuarterTurn) {
    constexpr std::int32_t kOne = 0x10000;
    // As phones write it: (x, y) is shown at (-y, x).
    const std::array<std::int32_t, 9> matrix = {0, kOne, 0, -kOne, 0, 0, 0, 0, 0x40000000};
    EXPECT_EQ(orientation_from_matrix(matrix), orientation_from_exif(6));
}

TEST(Orientation, ReadsMatricesOfHalfTurnsAndMirrors) {
    constexpr std::int32_t kOne = 0x10000;
    EXPECT_EQ(orientation_from_matrix(std::array<std::int32_t, 9>{-kOne, 0, 0, 0, -kOne, 0}),
              orientation_from_exif(3));
    EXPECT_EQ(orientation_from_matrix(std::array<std::int32_t, 9>{-kOne, 0, 0, 0, kOne, 0}),
              orientation_from_exif(2));
    EXPECT_EQ(orientation_from_matrix(std::array<std::int32_t, 9>{0, kOne, 0, kOne, 0, 0}),
              orientation_from_exif(5));
}

TEST(Orientation, TakesTheNearestQuarterForOtherAngles) {
    // 20 degrees clockwise.
    const std::array<std::int32_t, 9> matrix = {61584, 22415, 0, -22415, 61584, 0, 0, 0, 0};
    EXPECT_TRUE(orientation_from_matrix(matrix).is_upright());
}

}  // namespace
}  // namespace refrain::media

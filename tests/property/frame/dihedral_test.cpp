#include "frame/dihedral.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "support/synthetic_picture.h"

namespace refrain::frame {
namespace {

constexpr int kWidth = 5;
constexpr int kHeight = 3;

DihedralView view_at(std::size_t index) { return static_cast<DihedralView>(index); }

/// Where a sample of a picture of kWidth x kHeight comes to lie.
Place<int> laid(const Dihedral& way, int x, int y) {
    return apply(way, Place<int>{x, y}, Place<int>{kWidth - 1, kHeight - 1});
}

TEST(Dihedral, HasTheNameOfWhatItDoesToAPicture) {
    const RgbImage image = test::noise_picture(kWidth, kHeight, 1);
    for (std::size_t v = 0; v < kDihedralViews; ++v) {
        const Dihedral way = dihedral_of(view_at(v));
        EXPECT_EQ(way.view(), view_at(v));
        const RgbImage shown = test::viewed(image, view_at(v));
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                const Place<int> at = laid(way, x, y);
                EXPECT_TRUE(std::equal(test::pixel_at(image, y, x), test::pixel_at(image, y, x) + 3,
                                       test::pixel_at(shown, at.y, at.x)))
                    << v << ": " << x << ", " << y;
            }
        }
    }
}

TEST(Dihedral, ReadsSamplesInTheOrderOfTheOtherPicture) {
    const RgbImage image = test::noise_picture(kWidth, kHeight, 2);
    for (std::size_t v = 0; v < kDihedralViews; ++v) {
        const RgbImage shown = test::viewed(image, view_at(v));
        const ReadOrder order = read_order(kDihedrals[v], kWidth, kHeight);
        for (int r = 0; r < shown.height; ++r) {
            for (int c = 0; c < shown.width; ++c) {
                const std::ptrdiff_t from = order.start + r * order.per_row + c * order.per_column;
                EXPECT_EQ(*test::pixel_at(shown, r, c),
                          image.pixels[static_cast<std::size_t>(3 * from)])
                    << v << ": row " << r << ", column " << c;
            }
        }
    }
}

TEST(Dihedral, ComposesAsOneStepAfterTheOther) {
    for (const Dihedral& first : kDihedrals) {
        for (const Dihedral& second : kDihedrals) {
            const Dihedral both = compose(first, second);
            const Place<int> far = laid(first, kWidth - 1, kHeight - 1);
            const Place<int> near = laid(first, 0, 0);
            const Place<int> corner{std::max(far.x, near.x), std::max(far.y, near.y)};
            for (int x = 0; x < kWidth; ++x) {
                EXPECT_EQ(apply(second, laid(first, x, 1), corner), laid(both, x, 1));
            }
            EXPECT_EQ(both.is_mirroring(), first.is_mirroring() != second.is_mirroring());
        }
    }
}

TEST(Dihedral, IsUndoneByItsInverse) {
    for (const Dihedral& way : kDihedrals) {
        EXPECT_TRUE(compose(way, inverse(way)).is_upright());
        EXPECT_TRUE(compose(inverse(way), way).is_upright());
    }
}

TEST(Dihedral, IsAMirroringAndQuarterTurnsClockwise) {
    constexpr Dihedral kMirror{.flips_x = true};
    constexpr Dihedral kQuarter{.transposes = true, .flips_x = true};
    for (const Dihedral& way : kDihedrals) {
        Dihedral made = way.is_mirroring() ? kMirror : Dihedral{};
        for (int i = 0; i < way.clockwise_quarters(); ++i) {
            made = compose(made, kQuarter);
        }
        EXPECT_EQ(made, way) << static_cast<int>(way.view());
    }
    // A quarter turn clockwise takes the top left corner to the top right.
    EXPECT_EQ(apply(kQuarter, Place<double>{0, 0}, Place<double>{1, 1}), (Place<double>{1, 0}));
}

TEST(Dihedral, IsOrderedAsTheViewsAre) {
    EXPECT_TRUE(std::is_sorted(kDihedrals.begin(), kDihedrals.end()));
}

}  // namespace
}  // namespace refrain::frame

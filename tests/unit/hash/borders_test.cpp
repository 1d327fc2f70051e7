#include "hash/borders.h"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "hash/luma_hash.h"

namespace refrain::hash {
namespace {

/// A noisy plane of one level with a lively picture inside.
class Framed {
  public:
    Framed(int width, int height, const Box& inside, int level) : bytes_(width * height) {
        std::mt19937 random(5);
        for (int r = 0; r < height; ++r) {
            for (int c = 0; c < width; ++c) {
                const bool is_inside =
                    r >= inside.top && r < inside.bottom && c >= inside.left && c < inside.right;
                const auto noise = static_cast<int>(random() % 7) - 3;
                bytes_[static_cast<std::size_t>(r * width + c)] = static_cast<std::uint8_t>(
                    is_inside ? random() % 256 : static_cast<std::uint32_t>(level + noise));
            }
        }
        view_.data = bytes_.data();
        view_.width = width;
        view_.height = height;
        view_.stride_bytes = width;
    }
    [[nodiscard]] const frame::LumaView& view() const { return view_; }

  private:
    std::vector<std::uint8_t> bytes_;
    frame::LumaView view_;
};

TEST(Borders, FindsTheBarsAboveAndBelow) {
    const Box inside{0, 45, 320, 195};
    EXPECT_EQ(picture_inside_borders(Framed(320, 240, inside, 16).view()), inside);
}

TEST(Borders, FindsAFrameOfAnyLevel) {
    const Box inside{20, 12, 300, 200};
    EXPECT_EQ(picture_inside_borders(Framed(320, 240, inside, 180).view()), inside);
}

TEST(Borders, SeesNoneAroundAPictureThatFillsTheFrame) {
    EXPECT_FALSE(picture_inside_borders(Framed(320, 240, {0, 0, 320, 240}, 0).view()).has_value());
}

TEST(Borders, SeesNoPictureInAFlatFrame) {
    EXPECT_FALSE(picture_inside_borders(Framed(320, 240, {0, 0, 0, 0}, 90).view()).has_value());
}

TEST(Borders, LeavesASpeckInTheDarkAlone) {
    EXPECT_FALSE(
        picture_inside_borders(Framed(320, 240, {150, 110, 180, 130}, 5).view()).has_value());
}

TEST(Borders, HandlesPicturesOfOnePixel) {
    EXPECT_FALSE(picture_inside_borders(Framed(1, 1, {0, 0, 1, 1}, 0).view()).has_value());
    EXPECT_FALSE(picture_inside_borders(Framed(300, 1, {0, 0, 0, 0}, 0).view()).has_value());
}

TEST(Borders, CropsToTheSameSamples) {
    const Box inside{20, 12, 300, 200};
    const Framed framed(320, 240, inside, 180);
    const frame::LumaView part = cropped(framed.view(), inside);
    EXPECT_EQ(part.width, 280);
    EXPECT_EQ(part.height, 188);
    EXPECT_EQ(part.row(0)[0], framed.view().row(12)[20]);
    EXPECT_EQ(part.row(187)[279], framed.view().row(199)[299]);
}

TEST(Borders, ABoxIsFoundAgainInThePictureAsShown) {
    // 8 x 4 samples, of which 6 x 2 are inside: 1 of each side but 1 of 3 above, none below.
    const Box box{1, 1, 7, 4};
    frame::LumaView stored;
    stored.width = 8;
    stored.height = 4;
    const auto shown = [&](DihedralView upright, int width, int height) {
        stored.upright = frame::dihedral_of(upright);
        return shown_box(box, stored, {nullptr, width, height, 0});
    };
    EXPECT_EQ(shown(DihedralView::kOriginal, 8, 4), box);
    EXPECT_EQ(shown(DihedralView::kRotate180, 8, 4), (Box{1, 0, 7, 3}));
    EXPECT_EQ(shown(DihedralView::kFlipX, 8, 4), (Box{1, 0, 7, 3}));
    EXPECT_EQ(shown(DihedralView::kFlipY, 8, 4), box);
    EXPECT_EQ(shown(DihedralView::kFlipPlus1, 4, 8), (Box{1, 1, 4, 7}));
    EXPECT_EQ(shown(DihedralView::kRotate270, 4, 8), (Box{0, 1, 3, 7}));
    // Pixels twice as wide as high.
    EXPECT_EQ(shown(DihedralView::kOriginal, 16, 4), (Box{2, 1, 14, 4}));
    EXPECT_EQ(shown(DihedralView::kOriginal, 1, 1), (Box{0, 0, 1, 1}));
}

TEST(Borders, ABoxInThePictureAsShownHoldsTheSamplesThatItHeldAsStored) {
    // Each view is applied to a small picture, sample by sample, as the small pictures of the hash.
    constexpr int kSide = kDecimatedSide;
    const Box box{3, 10, 50, 60};
    std::vector<std::uint8_t> samples(kSide * kSide);
    for (int r = 0; r < kSide; ++r) {
        for (int c = 0; c < kSide; ++c) {
            const bool is_inside = r >= box.top && r < box.bottom && c >= box.left && c < box.right;
            samples[static_cast<std::size_t>(r * kSide + c)] = is_inside ? 200 : 0;
        }
    }
    for (std::uint8_t view = 0; view < kDihedralViews; ++view) {
        frame::LumaView stored{samples.data(),         kSide, kSide, kSide, 8, true,
                               frame::kDihedrals[view]};
        const DecimatedPicture upright = area_means(stored);
        const Box shown = shown_box(box, stored, {nullptr, kSide, kSide, 0});
        for (int r = 0; r < kSide; ++r) {
            for (int c = 0; c < kSide; ++c) {
                const bool is_inside =
                    r >= shown.top && r < shown.bottom && c >= shown.left && c < shown.right;
                EXPECT_EQ(upright[static_cast<std::size_t>(r * kSide + c)] > 100, is_inside)
                    << "view " << int{view} << " at " << r << ", " << c;
            }
        }
    }
}

}  // namespace
}  // namespace refrain::hash

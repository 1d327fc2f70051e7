#include "hash/borders.h"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace refrain::hash

#include <utility>

#include <gtest/gtest.h>

#include "hash/pdq_hash.h"
#include "hash/pdq_stages.h"
#include "support/synthetic_picture.h"

namespace refrain::hash {
namespace {

TEST(PdqHash, HasNothingForPicturesBelowTheSmallestSide) {
    for (const auto& [width, height] :
         {std::pair{0, 0}, {1, 1}, {4, 4}, {4, 500}, {500, 4}, {-5, 64}}) {
        const frame::RgbView view{nullptr, width, height, 0};
        EXPECT_FALSE(pdq_hash(view).has_value()) << width << "x" << height;
        EXPECT_FALSE(pdq_views(view).has_value()) << width << "x" << height;
    }
}

TEST(PdqHash, ExistsFromTheSmallestSideOn) {
    for (const auto& [width, height] : {std::pair{5, 5}, {5, 900}, {900, 5}}) {
        EXPECT_TRUE(pdq_hash(test::noise_picture(width, height, 1).view()).has_value())
            << width << "x" << height;
    }
}

TEST(PdqHash, OfBlackIsZeroWithoutQuality) {
    const auto result = pdq_hash(test::blank_picture(200, 100).view());
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->hash, Hash256{});
    EXPECT_EQ(result->quality, 0);
}

TEST(PdqHash, OfAFlatPictureHasNoQuality) {
    for (const int level : {1, 77, 128, 254, 255}) {
        const auto image = test::blank_picture(333, 200, static_cast<std::uint8_t>(level));
        EXPECT_EQ(pdq_hash(image.view())->quality, 0) << "level " << level;
    }
}

TEST(PdqHash, OfNoiseHasFullQuality) {
    EXPECT_EQ(pdq_hash(test::noise_picture(64, 64, 1).view())->quality, 100);
}

TEST(PictureQuality, AddsStepsInBothDirectionsAndDividesBy90) {
    DecimatedPicture picture{};
    // A step of 255 counts 100. A column edge makes 64 of them: 6400 / 90 = 71.
    for (std::size_t i = 0; i < picture.size(); ++i) {
        picture[i] = i % kDecimatedSide < 20 ? 255.0F : 0.0F;
    }
    EXPECT_EQ(picture_quality(picture), 71);
    for (std::size_t i = 0; i < picture.size(); ++i) {
        picture[i] = i / kDecimatedSide < 20 ? 0.0F : 255.0F;
    }
    EXPECT_EQ(picture_quality(picture), 71);
}

TEST(PictureQuality, IgnoresStepsBelowOnePercent) {
    DecimatedPicture picture{};
    for (std::size_t i = 0; i < picture.size(); ++i) {
        picture[i] = i % 2 == 0 ? 2.5F : 0.0F;
    }
    EXPECT_EQ(picture_quality(picture), 0);
}

TEST(BoxWindow, IsOneSampleForEach128Begun) {
    EXPECT_EQ(box_window(1), 1);
    EXPECT_EQ(box_window(128), 1);
    EXPECT_EQ(box_window(129), 2);
    EXPECT_EQ(box_window(512), 4);
    EXPECT_EQ(box_window(2147483647), 16777216);
}

TEST(MedianOf, IsThe128thSmallest) {
    DctBlock block{};
    for (std::size_t i = 0; i < block.size(); ++i) {
        block[i] = static_cast<float>((i * 101) % 256) - 50.0F;
    }
    EXPECT_EQ(median_of(block), 77.0F);
}

TEST(Threshold, LeavesCoefficientsEqualToTheMedianUnset) {
    DctBlock block{};
    block[3] = 1.0F;
    block[200] = -1.0F;
    Hash256 expected;
    expected.set_bit(3);
    EXPECT_EQ(threshold(block), expected);
}

TEST(Decimate, TakesTheCentresOfTheGrid) {
    FloatPlane plane(640, 128);
    for (int r = 0; r < plane.height; ++r) {
        for (int c = 0; c < plane.width; ++c) {
            plane.row(r)[c] = static_cast<float>(r * 1000 + c);
        }
    }
    const DecimatedPicture picture = decimate(plane);
    EXPECT_EQ(picture.front(), 1005.0F);
    EXPECT_EQ(picture.back(), 127635.0F);
}

}  // namespace
}  // namespace refrain::hash

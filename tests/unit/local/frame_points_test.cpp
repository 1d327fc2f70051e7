#include "local/frame_points.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "support/gray_picture.h"
#include "support/synthetic_picture.h"

namespace refrain::local {
namespace {

constexpr int kWidth = 512;
constexpr int kHeight = 384;

/// A frame that has its small picture alone.
LocalFrame late_frame(unsigned seed, int width, int height) {
    const auto picture = test::boxes_picture(kWidth, kHeight, seed);
    const frame::LumaView luma = picture.view();
    LocalFrame frame;
    frame.width = static_cast<std::uint16_t>(width);
    frame.height = static_cast<std::uint16_t>(height);
    frame.luma_width = kWidth;
    frame.luma_height = kHeight;
    for (int y = 0; y < kHeight; ++y) {
        frame.luma.insert(frame.luma.end(), luma.row(y), luma.row(y) + kWidth);
    }
    return frame;
}

TEST(FramePoints, OfALateFrameAreThoseOfItsSmallPicture) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        std::vector<LocalFrame> frames{late_frame(seed, kWidth, kHeight)};
        ASSERT_TRUE(has_late_points(frames[0]));
        read_late_points(frames);
        EXPECT_FALSE(has_late_points(frames[0]));

        Features features;
        Extractor extractor({512, kFilmQueryPoints});
        extractor.extract(test::boxes_picture(kWidth, kHeight, seed).view(), features);
        ASSERT_GT(features.points.size(), 100U);
        EXPECT_EQ(frames[0].points, packed_points(features, kFilmQueryPoints));
    }
}

TEST(FramePoints, OfALateFrameLieInTheFrame) {
    std::vector<LocalFrame> frames{late_frame(1, kWidth, kHeight),
                                   late_frame(1, kWidth * 5 / 4, kHeight * 5 / 4)};
    read_late_points(frames);
    ASSERT_EQ(frames[0].points.size(), frames[1].points.size());
    for (std::size_t i = 0; i < frames[0].points.size(); ++i) {
        const LocalPoint& small = frames[0].points[i];
        const LocalPoint& large = frames[1].points[i];
        EXPECT_NEAR(large.x, small.x * 1.25, 1.5);
        EXPECT_NEAR(large.y, small.y * 1.25, 1.5);
        EXPECT_NEAR(large.scale - small.scale, LocalPoint::kScaleUnits * std::log2(1.25), 1.5);
        EXPECT_EQ(large.angle, small.angle);
        EXPECT_EQ(large.code, small.code);
    }
}

TEST(FramePoints, AreLeftAsTheyAreElsewhere) {
    LocalFrame flat = late_frame(1, kWidth, kHeight);
    std::fill(flat.luma.begin(), flat.luma.end(), std::uint8_t{90});
    LocalFrame known;
    known.width = known.height = 100;
    LocalFrame whole = late_frame(2, kWidth, kHeight);
    whole.points.resize(1);
    const std::vector<LocalFrame> before{flat, known, whole};
    std::vector<LocalFrame> frames = before;
    read_late_points(frames);
    EXPECT_EQ(frames, before);
}

}  // namespace
}  // namespace refrain::local

#include "local/frame_points.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "local/cell_codes.h"
#include "local/working_picture.h"
#include "support/gray_picture.h"
#include "support/synthetic_picture.h"

namespace refrain::local {
namespace {

constexpr int kWidth = 512;
constexpr int kHeight = 384;

/// A frame that has its picture alone.
LocalFrame late_frame(unsigned seed) {
    Plane working;
    WorkingPicture().make(test::boxes_picture(kWidth, kHeight, seed).view(), kFilmQuery.max_side,
                          working);
    LocalFrame frame;
    set_late(working, frame);
    return frame;
}

TEST(FramePoints, AreTheSameLateAsAtOnce) {
    Extractor extractor(kFilmQuery);
    Features features;
    for (const auto& [width, height] :
         {std::pair(854, 480), std::pair(480, 854), std::pair(640, 360), std::pair(500, 400),
          std::pair(160, 120), std::pair(1921, 1081), std::pair(300, 31)}) {
        const auto picture = test::boxes_picture(width, height, 5);
        extractor.extract(picture.view(), features);
        LocalFrame at_once;
        at_once.width = static_cast<std::uint16_t>(features.width);
        at_once.height = static_cast<std::uint16_t>(features.height);
        at_once.points = packed_points(features, 500);
        int columns = 0;
        int rows = 0;
        at_once.luma = shrunk(extractor.working_picture(), LocalFrame::kMaxLumaSide, columns, rows);
        at_once.luma_width = static_cast<std::uint16_t>(columns);
        at_once.luma_height = static_cast<std::uint16_t>(rows);

        Plane working;
        WorkingPicture().make(picture.view(), kFilmQuery.max_side, working);
        std::vector<LocalFrame> late(1);
        set_late(working, late[0]);
        EXPECT_TRUE(has_late_points(late[0]));
        read_late_points(late);
        EXPECT_EQ(late[0], at_once) << width << " x " << height;
    }
}

TEST(FramePoints, AreLeftAsTheyAreWhereAFrameHasSomeOrNoPicture) {
    LocalFrame known;
    known.width = known.height = 100;
    LocalFrame whole = late_frame(2);
    whole.points.resize(1);
    const std::vector<LocalFrame> before{known, whole};
    std::vector<LocalFrame> frames = before;
    read_late_points(frames);
    EXPECT_EQ(frames, before);
}

TEST(FramePoints, BeyondABoundOfSamplesStayUnread) {
    const std::size_t samples = late_frame(1).luma.size();
    for (const std::size_t whole : {0U, 1U, 2U}) {
        std::vector<LocalFrame> frames{late_frame(1), late_frame(2)};
        read_late_points(frames, {}, whole * samples);
        EXPECT_EQ(frames[0].points.empty(), whole < 1);
        EXPECT_EQ(frames[1].points.empty(), whole < 2);
    }
}

TEST(FramePoints, AreNotReadOnceAStopWasAskedFor) {
    std::stop_source stop;
    stop.request_stop();
    std::vector<LocalFrame> frames{late_frame(1)};
    read_late_points(frames, stop.get_token());
    EXPECT_TRUE(frames[0].points.empty());
}

TEST(FramePoints, OfAFlatFrameAreNone) {
    std::vector<LocalFrame> frames{late_frame(1)};
    std::fill(frames[0].luma.begin(), frames[0].luma.end(), std::uint8_t{90});
    read_late_points(frames);
    EXPECT_TRUE(frames[0].points.empty());
}

}  // namespace
}  // namespace refrain::local

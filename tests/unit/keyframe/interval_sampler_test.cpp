#include "keyframe/interval_sampler.h"

#include <vector>

#include <gtest/gtest.h>

namespace refrain::keyframe {
namespace {

std::vector<std::int64_t> taken_ms(IntervalSampler sampler,
                                   std::vector<frame::FrameHeader> frames) {
    std::vector<std::int64_t> taken;
    for (const frame::FrameHeader& frame : frames) {
        if (sampler.wants(frame)) {
            taken.push_back(frame.time.ms());
        }
    }
    return taken;
}

frame::FrameHeader frame_at(std::int64_t ms) { return {MediaTime::from_ms(ms), 0, false}; }

TEST(IntervalSampler, TakesTheFirstFrameAtOrAfterEachMultipleOfTheInterval) {
    const IntervalSampler sampler(MediaTime::from_seconds(1));
    EXPECT_EQ(taken_ms(sampler, {frame_at(0), frame_at(999), frame_at(1001), frame_at(1999),
                                 frame_at(2000), frame_at(2040)}),
              (std::vector<std::int64_t>{0, 1001, 2000}));
}

TEST(IntervalSampler, DoesNotDriftWhenFramesComeLate) {
    const IntervalSampler sampler(MediaTime::from_seconds(1));
    EXPECT_EQ(taken_ms(sampler, {frame_at(0), frame_at(1900), frame_at(2000), frame_at(2900)}),
              (std::vector<std::int64_t>{0, 1900, 2000}));
}

TEST(IntervalSampler, SkipsIntervalsWithoutFrames) {
    const IntervalSampler sampler(MediaTime::from_seconds(1));
    EXPECT_EQ(taken_ms(sampler, {frame_at(0), frame_at(7500), frame_at(7900), frame_at(8000)}),
              (std::vector<std::int64_t>{0, 7500, 8000}));
}

}  // namespace
}  // namespace refrain::keyframe

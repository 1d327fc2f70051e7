#include "keyframe/sampler.h"

#include <vector>

#include <gtest/gtest.h>

namespace refrain::keyframe {
namespace {

std::vector<std::int64_t> taken_ms(Sampler sampler, std::vector<frame::FrameHeader> frames) {
    std::vector<std::int64_t> taken;
    for (const frame::FrameHeader& frame : frames) {
        if (sampler.wants(frame)) {
            taken.push_back(frame.time.ms());
        }
    }
    return taken;
}

frame::FrameHeader frame_at(std::int64_t ms, bool is_keyframe = false) {
    return {MediaTime::from_ms(ms), 0, is_keyframe};
}

TEST(Sampler, TakesTheFirstFrameAtOrAfterEachMultipleOfTheInterval) {
    const Sampler sampler(SamplingRule::kInterval, MediaTime::from_seconds(1));
    EXPECT_EQ(taken_ms(sampler, {frame_at(0), frame_at(999), frame_at(1001), frame_at(1999),
                                 frame_at(2000), frame_at(2040)}),
              (std::vector<std::int64_t>{0, 1001, 2000}));
}

TEST(Sampler, DoesNotDriftWhenFramesComeLate) {
    const Sampler sampler(SamplingRule::kInterval, MediaTime::from_seconds(1));
    EXPECT_EQ(taken_ms(sampler, {frame_at(0), frame_at(1900), frame_at(2000), frame_at(2900)}),
              (std::vector<std::int64_t>{0, 1900, 2000}));
}

TEST(Sampler, SkipsIntervalsWithoutFrames) {
    const Sampler sampler(SamplingRule::kInterval, MediaTime::from_seconds(1));
    EXPECT_EQ(taken_ms(sampler, {frame_at(0), frame_at(7500), frame_at(7900), frame_at(8000)}),
              (std::vector<std::int64_t>{0, 7500, 8000}));
}

TEST(Sampler, TakesKeyframesAndFillsLongGaps) {
    const Sampler sampler(SamplingRule::kKeyframes, MediaTime::from_seconds(1));
    EXPECT_EQ(taken_ms(sampler, {frame_at(0, true), frame_at(400), frame_at(600, true),
                                 frame_at(1500), frame_at(1600), frame_at(2700)}),
              (std::vector<std::int64_t>{0, 600, 1600, 2700}));
}

TEST(Sampler, DoesNotTakeEveryFrameOfAnAllIntraStream) {
    const Sampler sampler(SamplingRule::kKeyframes, MediaTime::from_seconds(1));
    std::vector<frame::FrameHeader> frames;
    for (int i = 0; i < 100; ++i) {
        frames.push_back(frame_at(i * 10, true));
    }
    EXPECT_EQ(taken_ms(sampler, frames), (std::vector<std::int64_t>{0, 250, 500, 750}));
}

}  // namespace
}  // namespace refrain::keyframe

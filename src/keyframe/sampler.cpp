#include "keyframe/sampler.h"

#include "base/check.h"

namespace refrain::keyframe {

namespace {

// In all-intra streams every frame is a keyframe; four a second say as much as sixty.
constexpr MediaTime kMinKeyframeGap = MediaTime::from_ms(250);

}  // namespace

Sampler::Sampler(SamplingRule rule, MediaTime interval) : rule_(rule), interval_(interval) {
    REFRAIN_CHECK(interval.us > 0);
}

bool Sampler::wants(const frame::FrameHeader& frame) {
    if (rule_ == SamplingRule::kInterval) {
        if (frame.time < next_due_) {
            return false;
        }
        next_due_.us = (frame.time.us / interval_.us + 1) * interval_.us;
        return true;
    }
    const MediaTime gap = frame.time - last_taken_;
    const bool is_due =
        !has_taken_ || gap >= interval_ || (frame.is_keyframe && gap >= kMinKeyframeGap);
    if (is_due) {
        has_taken_ = true;
        last_taken_ = frame.time;
    }
    return is_due;
}

}  // namespace refrain::keyframe

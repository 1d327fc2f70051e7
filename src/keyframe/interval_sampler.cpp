#include "keyframe/interval_sampler.h"

#include "base/check.h"

namespace refrain::keyframe {

IntervalSampler::IntervalSampler(MediaTime interval) : interval_(interval) {
    REFRAIN_CHECK(interval.us > 0);
}

bool IntervalSampler::wants(const frame::FrameHeader& frame) {
    if (frame.time < next_due_) {
        return false;
    }
    // Counted from 0, so that late frames do not make the grid drift.
    next_due_.us = (frame.time.us / interval_.us + 1) * interval_.us;
    return true;
}

}  // namespace refrain::keyframe

#pragma once

#include "refrain/media_time.h"

#include "frame/picture.h"

namespace refrain::keyframe {

enum class SamplingRule {
    kKeyframes,  ///< keyframes, and at least one frame an interval
    kInterval,   ///< the first frame at or after each multiple of the interval
};

/// Decides frame by frame which ones are worth hashing.
///
/// Thread safety: one thread at a time.
class Sampler {
  public:
    /// @param interval  > 0
    Sampler(SamplingRule rule, MediaTime interval);

    /// Whether this frame is to be hashed. Frames come in order of presentation.
    [[nodiscard]] bool wants(const frame::FrameHeader& frame);

  private:
    SamplingRule rule_;
    MediaTime interval_;
    MediaTime last_taken_;
    MediaTime next_due_;
    bool has_taken_ = false;
};

}  // namespace refrain::keyframe

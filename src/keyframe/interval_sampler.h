#pragma once

#include "refrain/media_time.h"

#include "frame/picture.h"

namespace refrain::keyframe {

/// Wants the first frame at or after each multiple of an interval.
///
/// Thread safety: one thread at a time.
class IntervalSampler {
  public:
    /// @param interval  > 0
    explicit IntervalSampler(MediaTime interval);

    /// Whether this frame is to be hashed. Frames come in order of presentation.
    [[nodiscard]] bool wants(const frame::FrameHeader& frame);

  private:
    MediaTime interval_;
    MediaTime next_due_;
};

}  // namespace refrain::keyframe

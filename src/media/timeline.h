#pragma once

#include <cstdint>
#include <optional>

#include "refrain/media_time.h"

namespace refrain::media {

/// Turns a container's time stamps into presentation times that never go backwards.
///
/// Stamps are believed as they are, counted from `origin`. What a medium cannot mean is repaired:
/// a missing stamp follows the frame before it; a stamp before that of the previous frame becomes
/// the previous one; a leap (backwards by more than kMaxBackstep, or forwards by more than kMaxLeap
/// past the claimed end) goes on after the previous frame and moves the origin for what follows.
/// Broadcast streams, whose clock may start anew, pass through a `PacketClock` before.
///
/// Thread safety: one thread at a time. See docs/decisions/0003-presentation-times.md.
class Timeline {
  public:
    struct Options {
        /// The stamp that is time 0; without one, the first that comes.
        std::optional<MediaTime> origin = MediaTime{};
        MediaTime claimed_end{};  ///< of the medium, counted from 0; 0: unknown
    };
    static constexpr MediaTime kMaxBackstep = MediaTime::from_seconds(1);
    static constexpr MediaTime kMaxLeap = MediaTime::from_seconds(10);

    explicit Timeline(const Options& options) : options_(options) {}

    /// The time of the next frame, >= 0 and >= that of the frame before.
    ///
    /// @param stamp     as the container says, if it does
    /// @param duration  of this frame, >= 0
    MediaTime place(std::optional<MediaTime> stamp, MediaTime duration);

    /// End of the last placed frame; 0 before the first.
    [[nodiscard]] MediaTime end() const { return end_; }
    /// The stamp that is time 0 at present.
    [[nodiscard]] MediaTime origin() const { return options_.origin.value_or(MediaTime{}); }

  private:
    [[nodiscard]] bool is_leap(MediaTime time) const;

    Options options_;
    MediaTime last_;
    MediaTime end_;
    bool has_last_ = false;
};

}  // namespace refrain::media

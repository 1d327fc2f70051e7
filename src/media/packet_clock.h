#pragma once

#include <cstdint>
#include <optional>

#include "media/ffmpeg_handles.h"

namespace refrain::media {

/// Makes one continuous clock of a broadcast stream whose clock starts anew in the middle.
///
/// It works on packets in the order of decoding, where the stamps of a sound stream never step
/// back. It does not work on frames, so that frames that are not decoded cannot change the times of
/// others.
///
/// Thread safety: one thread at a time. Source: docs/decisions/0003-presentation-times.md.
class PacketClock {
  public:
    /// Rounding makes decoding stamps step back a little. From this on it is a new clock.
    static constexpr std::int64_t kMaxBackstepMs = 200;
    /// Longer silences are taken for a new clock.
    static constexpr std::int64_t kMaxLeapMs = 10'000;

    /// @param time_base  of the stamps, > 0
    explicit PacketClock(AVRational time_base);

    /// Moves the stamps of the stream's next packet onto the clock of its first one.
    void set_right(AVPacket& packet);

  private:
    std::int64_t max_backstep_;
    std::int64_t max_leap_;
    std::int64_t shift_ = 0;
    std::optional<std::int64_t> last_;  ///< decoding stamp of the packet before, shifted
    std::int64_t last_duration_ = 0;
};

}  // namespace refrain::media

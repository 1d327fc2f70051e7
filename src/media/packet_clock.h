#pragma once

#include <cstdint>
#include <optional>

#include "media/ffmpeg_handles.h"

namespace refrain::media {

/// Lets the clock of a broadcast stream run on where it starts anew.
///
/// Works on packets in the order of decoding, where stamps never step back in a sane stream, and
/// not on frames: so what is left out of decoding changes no time of what is decoded.
///
/// Thread safety: one thread at a time. Source: docs/decisions/0003-presentation-times.md.
class PacketClock {
  public:
    /// Decoding stamps step back by rounding, never by as much as this.
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

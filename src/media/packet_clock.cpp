#include "media/packet_clock.h"

#include <algorithm>

namespace refrain::media {

namespace {

// Far beyond any clock, and far from overflow when a few are added.
constexpr std::int64_t kMaxStamp = std::int64_t{1} << 58;

}  // namespace

PacketClock::PacketClock(AVRational time_base)
    : max_backstep_(av_rescale_q(kMaxBackstepMs, AVRational{1, 1000}, time_base)),
      max_leap_(av_rescale_q(kMaxLeapMs, AVRational{1, 1000}, time_base)) {}

void PacketClock::set_right(AVPacket& packet) {
    if (packet.dts != AV_NOPTS_VALUE) {
        const std::int64_t stamp = std::clamp(packet.dts, -kMaxStamp, kMaxStamp);
        if (last_ && (stamp + shift_ < *last_ - max_backstep_ ||
                      stamp + shift_ > *last_ + last_duration_ + max_leap_)) {
            shift_ = *last_ + last_duration_ - stamp;
        }
        packet.dts = stamp + shift_;
        last_ = packet.dts;
        last_duration_ = std::clamp<std::int64_t>(packet.duration, 0, max_leap_);
    }
    if (packet.pts != AV_NOPTS_VALUE) {
        packet.pts = std::clamp(packet.pts, -kMaxStamp, kMaxStamp) + shift_;
    }
}

}  // namespace refrain::media

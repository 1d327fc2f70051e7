#include "media/packet_picker.h"

#include <utility>

namespace refrain::media {

namespace {

std::optional<std::int64_t> stamp_of(const AVPacket& packet) {
    if (packet.pts != AV_NOPTS_VALUE) {
        return packet.pts;
    }
    return packet.dts != AV_NOPTS_VALUE ? std::optional(packet.dts) : std::nullopt;
}

}  // namespace

bool PacketPicker::offer(AVPacket& packet) {
    PacketHandle own(av_packet_alloc());
    if (!own) {
        return false;
    }
    av_packet_move_ref(own.get(), &packet);
    ++seen_;
    if (decoding_ != Decoding::kKeyframes) {
        ready_.push_back(std::move(own));
        return true;
    }
    if ((own->flags & AV_PKT_FLAG_KEY) != 0) {
        held_.clear();
        held_bytes_ = 0;
        keyframe_stamp_ = stamp_of(*own);
        is_leaving_out_ = true;
        ready_.push_back(std::move(own));
    } else if (is_leaving_out_) {
        hold(std::move(own));
    } else {
        ready_.push_back(std::move(own));
    }
    return true;
}

void PacketPicker::hold(PacketHandle packet) {
    held_bytes_ += static_cast<std::size_t>(packet->size);
    const bool is_too_long = is_gap_too_long(*packet);
    held_.push_back(std::move(packet));
    if (is_too_long || held_bytes_ > kMaxHeldBytes || held_.size() > kMaxHeldPackets) {
        ready_.insert(ready_.end(), std::make_move_iterator(held_.begin()),
                      std::make_move_iterator(held_.end()));
        held_.clear();
        held_bytes_ = 0;
        is_leaving_out_ = false;
    }
}

bool PacketPicker::is_gap_too_long(const AVPacket& packet) const {
    const std::optional<std::int64_t> stamp = stamp_of(packet);
    if (!stamp || !keyframe_stamp_) {
        return false;  // the number of packets bounds the gap
    }
    const std::int64_t gap_us =
        av_rescale_q(*stamp - *keyframe_stamp_, time_base_, AVRational{1, AV_TIME_BASE});
    return gap_us > kMaxKeyframeGap.us;
}

bool PacketPicker::take(AVPacket& packet) {
    if (ready_.empty()) {
        return false;
    }
    av_packet_move_ref(&packet, ready_.front().get());
    ready_.pop_front();
    return true;
}

}  // namespace refrain::media

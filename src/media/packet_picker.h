#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "refrain/media_time.h"

#include "media/ffmpeg_handles.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// Decides which packets of the visual stream the decoder gets to see.
///
/// With Decoding::kKeyframes, the packets after a keyframe are held back. If the next keyframe
/// comes soon enough they are dropped. If the gap gets too long they are decoded, and so is all
/// that follows up to the next keyframe. With the other kinds every packet passes.
///
/// Thread safety: one thread at a time. Memory: at most kMaxHeldBytes and kMaxHeldPackets.
class PacketPicker {
  public:
    static constexpr std::size_t kMaxHeldBytes = std::size_t{64} << 20;
    static constexpr std::size_t kMaxHeldPackets = 4096;

    PacketPicker(Decoding decoding, AVRational time_base)
        : decoding_(decoding), time_base_(time_base) {}

    /// Takes the content of `packet`, which is blank afterwards; false: out of memory.
    [[nodiscard]] bool offer(AVPacket& packet);

    /// Moves the next packet to decode into `packet`, if there is one.
    [[nodiscard]] bool take(AVPacket& packet);

    [[nodiscard]] std::uint64_t seen() const { return seen_; }

  private:
    [[nodiscard]] bool is_gap_too_long(const AVPacket& packet) const;
    void hold(PacketHandle packet);

    Decoding decoding_;
    AVRational time_base_;
    std::deque<PacketHandle> ready_;
    std::deque<PacketHandle> held_;
    std::size_t held_bytes_ = 0;
    std::optional<std::int64_t> keyframe_stamp_;
    bool is_leaving_out_ = false;  ///< a keyframe was seen, and no gap since has been too long
    std::uint64_t seen_ = 0;
};

}  // namespace refrain::media

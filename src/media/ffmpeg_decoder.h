#pragma once

#include <atomic>
#include <memory>

#include "refrain/limits.h"
#include "refrain/result.h"

#include "media/ffmpeg_handles.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// What a decoder does with damage that it notices.
enum class OnDamage {
    kDecode,  ///< hides it as well as it can
    kRefuse,  ///< gives no picture
};

struct DecoderOptions {
    Limits limits;
    /// How many cores to keep busy, >= 1. For more than one the decoder has twice as many threads,
    /// and as many pictures in memory. Frames of undamaged streams do not depend on it.
    int threads = 1;
    OnDamage on_damage = OnDamage::kDecode;
    Decoding decoding = Decoding::kEveryFrame;  ///< which frames come out, of the packets sent
};

/// One of FFmpeg's decoders, held to the limits.
///
/// Thread safety: one thread at a time.
class FfmpegDecoder {
  public:
    /// @error kUnsupportedFormat  FFmpeg has no decoder for this codec, or not for this variant
    /// @error kInternal           out of memory
    [[nodiscard]] static Result<FfmpegDecoder> open(const AVCodecParameters& parameters,
                                                    AVRational packet_time_base,
                                                    const DecoderOptions& options);

    /// As avcodec_send_packet and avcodec_receive_frame; null drains.
    [[nodiscard]] int send(const AVPacket* packet);
    [[nodiscard]] int receive(AVFrame& frame);

    /// What a frame was refused for, if one was: kTooLarge.
    [[nodiscard]] Result<void> check_refused() const;

    /// How many errors the decoder has logged, including those after which it went on. Those of
    /// pictures mean damage; decoders of videos also log harmless ones.
    [[nodiscard]] int complaints() const { return guard_->complaints; }

    /// To be called with every line of FFmpeg's log: counts those of decoders opened here.
    static void note_log(void* source, int level);

    [[nodiscard]] const char* name() const { return avcodec_get_name(codec_->codec_id); }

  private:
    struct Guard {
        Limits limits;
        std::atomic<int> refused_width{0};
        std::atomic<int> refused_height{0};
        std::atomic<int> complaints{0};
    };

    FfmpegDecoder() = default;
    static int allocate(AVCodecContext* codec, AVFrame* frame, int flags);

    std::unique_ptr<Guard> guard_;  // before codec_, whose threads use it
    CodecHandle codec_;
};

}  // namespace refrain::media

#include "media/ffmpeg_decoder.h"

#include <algorithm>
#include <limits>

#include <spdlog/fmt/fmt.h>

#include "media/ffmpeg_io.h"
#include "media/limits_check.h"

namespace refrain::media {
namespace {

// The most that a decoder's frame takes per pixel among usual formats: four channels of 8 bits,
// or three of 16 with half the chroma.
constexpr unsigned kBytesPerPixel = 4;

// Frame threads hand out pictures in order, so one that is done early waits for the slowest, and
// a core with it; twice as many keep every core at work. Beyond this many FFmpeg warns.
constexpr int kFrameThreadsPerThread = 2;
constexpr int kMaxFrameThreads = 16;

int frame_threads(int threads) {
    return threads <= 1
               ? 1
               : std::max(threads, std::min(kMaxFrameThreads, kFrameThreadsPerThread * threads));
}

}  // namespace

Result<FfmpegDecoder> FfmpegDecoder::open(const AVCodecParameters& parameters,
                                          AVRational packet_time_base,
                                          const DecoderOptions& options) {
    const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
    if (codec == nullptr) {
        return Error{ErrorCode::kUnsupportedFormat,
                     fmt::format("no decoder for codec {}", avcodec_get_name(parameters.codec_id))};
    }
    FfmpegDecoder decoder;
    decoder.guard_ = std::make_unique<Guard>();
    decoder.guard_->limits = options.limits;
    decoder.codec_.reset(avcodec_alloc_context3(codec));
    AVCodecContext* context = decoder.codec_.get();
    if (context == nullptr || avcodec_parameters_to_context(context, &parameters) < 0) {
        return Error{ErrorCode::kInternal, "out of memory for a decoder"};
    }
    context->opaque = decoder.guard_.get();
    context->get_buffer2 = &FfmpegDecoder::allocate;
    context->pkt_timebase = packet_time_base;
    context->max_pixels = static_cast<std::int64_t>(std::min<std::uint64_t>(
        options.limits.max_pixels, std::numeric_limits<std::int64_t>::max()));
    context->thread_count = frame_threads(options.threads);
    // Slice threads switch off the repair of damaged pictures altogether.
    context->thread_type = FF_THREAD_FRAME;
    if (options.on_damage == OnDamage::kRefuse) {
        context->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
    }
    if (options.decoding != Decoding::kEveryFrame) {
        // No other frame is made from these, so the rest decodes as if they had been.
        context->skip_frame = AVDISCARD_NONREF;
    }
    const int opened = avcodec_open2(context, codec, nullptr);
    if (opened < 0) {
        return Error{
            ErrorCode::kUnsupportedFormat,
            fmt::format("cannot start the {} decoder: {}", codec->name, ffmpeg_message(opened))};
    }
    return decoder;
}

int FfmpegDecoder::allocate(AVCodecContext* codec, AVFrame* frame, int flags) {
    auto& guard = *static_cast<Guard*>(codec->opaque);
    const bool fits =
        check_picture_size(frame->width, frame->height, kBytesPerPixel, guard.limits).ok();
    if (!fits) {
        guard.refused_width = frame->width;
        guard.refused_height = frame->height;
        return AVERROR(EINVAL);
    }
    return avcodec_default_get_buffer2(codec, frame, flags);
}

void FfmpegDecoder::note_log(void* source, int level) {
    if (source == nullptr || level > AV_LOG_ERROR ||
        *static_cast<const AVClass* const*>(source) != avcodec_get_class()) {
        return;
    }
    // The threads of a decoder have contexts of their own, copied from the one that was opened.
    const auto* codec = static_cast<const AVCodecContext*>(source);
    if (codec->get_buffer2 == &FfmpegDecoder::allocate && codec->opaque != nullptr) {
        ++static_cast<Guard*>(codec->opaque)->complaints;
    }
}

int FfmpegDecoder::send(const AVPacket* packet) {
    return avcodec_send_packet(codec_.get(), packet);
}

int FfmpegDecoder::receive(AVFrame& frame) { return avcodec_receive_frame(codec_.get(), &frame); }

Result<void> FfmpegDecoder::check_refused() const {
    if (guard_->refused_width == 0) {
        return {};
    }
    return check_picture_size(guard_->refused_width, guard_->refused_height, kBytesPerPixel,
                              guard_->limits);
}

}  // namespace refrain::media

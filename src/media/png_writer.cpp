#include "media/png_writer.h"

#include <algorithm>
#include <new>

#include "media/ffmpeg_handles.h"

namespace refrain::media {

namespace {

Error failure(const char* what) {
    return {ErrorCode::kInternal, std::string("PNG encoder: ") + what};
}

Result<CodecHandle> open_encoder(const frame::RgbView& picture) {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    if (codec == nullptr) {
        return failure("this FFmpeg has none");
    }
    CodecHandle context(avcodec_alloc_context3(codec));
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    context->width = picture.width;
    context->height = picture.height;
    context->pix_fmt = AV_PIX_FMT_RGB24;
    context->time_base = {1, 1};
    context->thread_count = 1;
    if (avcodec_open2(context.get(), codec, nullptr) < 0) {
        return failure("cannot be opened");
    }
    return context;
}

}  // namespace

Result<std::vector<std::byte>> encode_png(const frame::RgbView& picture) {
    if (picture.width < 1 || picture.height < 1) {
        return Error{ErrorCode::kInvalidArgument, "a picture without pixels"};
    }
    Result<CodecHandle> encoder = open_encoder(picture);
    if (!encoder) {
        return std::move(encoder).error();
    }
    const FrameHandle frame(av_frame_alloc());
    const PacketHandle packet(av_packet_alloc());
    if (frame == nullptr || packet == nullptr) {
        throw std::bad_alloc();
    }
    frame->width = picture.width;
    frame->height = picture.height;
    frame->format = AV_PIX_FMT_RGB24;
    if (av_frame_get_buffer(frame.get(), 0) < 0) {
        throw std::bad_alloc();
    }
    for (int r = 0; r < picture.height; ++r) {
        std::copy_n(picture.row(r), std::size_t{3} * static_cast<std::size_t>(picture.width),
                    frame->data[0] + static_cast<std::ptrdiff_t>(r) * frame->linesize[0]);
    }
    if (avcodec_send_frame(encoder->get(), frame.get()) < 0 ||
        avcodec_send_frame(encoder->get(), nullptr) < 0 ||
        avcodec_receive_packet(encoder->get(), packet.get()) < 0) {
        return failure("gave no picture");
    }
    const auto* bytes = reinterpret_cast<const std::byte*>(packet->data);
    return std::vector<std::byte>(bytes, bytes + packet->size);
}

}  // namespace refrain::media

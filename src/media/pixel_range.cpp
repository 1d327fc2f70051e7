#include "media/pixel_range.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace refrain::media {

AVPixelFormat plain_format(AVPixelFormat format) {
    switch (format) {
        case AV_PIX_FMT_YUVJ420P:
            return AV_PIX_FMT_YUV420P;
        case AV_PIX_FMT_YUVJ411P:
            return AV_PIX_FMT_YUV411P;
        case AV_PIX_FMT_YUVJ422P:
            return AV_PIX_FMT_YUV422P;
        case AV_PIX_FMT_YUVJ440P:
            return AV_PIX_FMT_YUV440P;
        case AV_PIX_FMT_YUVJ444P:
            return AV_PIX_FMT_YUV444P;
        default:
            return format;
    }
}

bool is_full_range(const AVFrame& frame) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    if (plain_format(format) != format) {
        return true;
    }
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
    if (description != nullptr && description->nb_components <= 2) {
        return frame.color_range != AVCOL_RANGE_MPEG;  // grey is full range unless it says so
    }
    return frame.color_range == AVCOL_RANGE_JPEG;
}

}  // namespace refrain::media

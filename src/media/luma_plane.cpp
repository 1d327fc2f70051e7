#include "media/luma_plane.h"

#include <bit>
#include <cstddef>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "media/pixel_range.h"

namespace refrain::media {

namespace {

bool has_native_byte_order(const AVPixFmtDescriptor& format) {
    const bool is_big = (format.flags & AV_PIX_FMT_FLAG_BE) != 0;
    return format.comp[0].depth <= 8 || is_big == (std::endian::native == std::endian::big);
}

bool has_plain_luma(const AVPixFmtDescriptor& format) {
    constexpr unsigned kUnfit = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_ALPHA |
                                AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                                AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
    const AVComponentDescriptor& luma = format.comp[0];
    return (format.flags & kUnfit) == 0 && luma.plane == 0 && luma.offset == 0 && luma.shift == 0 &&
           luma.depth >= 8 && luma.depth <= 16 && luma.step == (luma.depth > 8 ? 2 : 1) &&
           has_native_byte_order(format);
}

}  // namespace

std::optional<frame::LumaView> luma_plane(const AVFrame& frame, const frame::Dihedral& upright) {
    const AVPixFmtDescriptor* format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (format == nullptr || frame.data[0] == nullptr || !has_plain_luma(*format)) {
        return std::nullopt;
    }
    frame::LumaView luma;
    luma.data = frame.data[0];
    luma.width = frame.width;
    luma.height = frame.height;
    luma.stride_bytes = frame.linesize[0];
    luma.bits = format->comp[0].depth;
    luma.is_full_range = is_full_range(frame);
    luma.upright = upright;
    return luma;
}

}  // namespace refrain::media

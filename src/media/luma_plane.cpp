#include "media/luma_plane.h"

#include <bit>
#include <cstddef>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "media/pixel_range.h"

namespace refrain::media {

namespace {

DihedralView view_of(const Orientation& orientation) {
    const int code = (orientation.is_transposed ? 4 : 0) + (orientation.is_flipped_y ? 2 : 0) +
                     (orientation.is_flipped_x ? 1 : 0);
    // Transposed first, then mirrored: as hash::symmetry_of has it.
    switch (code) {
        case 1:
            return DihedralView::kFlipY;
        case 2:
            return DihedralView::kFlipX;
        case 3:
            return DihedralView::kRotate180;
        case 4:
            return DihedralView::kFlipPlus1;
        case 5:
            return DihedralView::kRotate270;
        case 6:
            return DihedralView::kRotate90;
        case 7:
            return DihedralView::kFlipMinus1;
        default:
            return DihedralView::kOriginal;
    }
}

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

std::optional<frame::LumaView> luma_plane(const AVFrame& frame, const Orientation& orientation) {
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
    luma.upright = view_of(orientation);
    return luma;
}

}  // namespace refrain::media

#include "media/picture_converter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <spdlog/fmt/fmt.h>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include "media/alpha.h"
#include "media/limits_check.h"
#include "media/pixel_range.h"
#include "media/turn.h"

namespace refrain::media {
namespace {

// Without these, FFmpeg's RGB leaves libjpeg's by more than 6 PDQ bits (measured beforehand).
constexpr int kScalerFlags =
    SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
// Pixels flatter or taller than this are a damaged header, not a format that anyone uses.
constexpr double kMaxSampleAspect = 8.0;
// Below this a field has too few lines to stand for the frame.
constexpr int kMinInterlacedHeight = 32;
// The lowest height at which video of unstated colour is taken for BT.709, as players do.
constexpr int kHighDefinitionHeight = 720;
constexpr unsigned kBytesPerPixel = 4;
// swscale's vector code may write past the last pixel of a row.
constexpr std::size_t kOverrunBytes = 64;

bool has_alpha(AVPixelFormat format) {
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
    return description != nullptr && (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

int colorspace_of(const AVFrame& frame) {
    switch (frame.colorspace) {
        case AVCOL_SPC_BT709:
            return SWS_CS_ITU709;
        case AVCOL_SPC_FCC:
            return SWS_CS_FCC;
        case AVCOL_SPC_BT470BG:
        case AVCOL_SPC_SMPTE170M:
            return SWS_CS_ITU601;
        case AVCOL_SPC_SMPTE240M:
            return SWS_CS_SMPTE240M;
        case AVCOL_SPC_BT2020_NCL:
        case AVCOL_SPC_BT2020_CL:
            return SWS_CS_BT2020;
        default:
            break;
    }
    const auto format = static_cast<AVPixelFormat>(frame.format);
    const bool is_picture = plain_format(format) != format;  // JPEG is BT.601 at every size
    return !is_picture && frame.height >= kHighDefinitionHeight ? SWS_CS_ITU709 : SWS_CS_ITU601;
}

/// Width of `frame` in square pixels.
std::int64_t square_width(const AVFrame& frame, AVRational aspect) {
    if (aspect.num <= 0 || aspect.den <= 0) {
        return frame.width;
    }
    const double ratio = av_q2d(aspect);
    if (ratio > kMaxSampleAspect || ratio < 1.0 / kMaxSampleAspect) {
        return frame.width;
    }
    return std::max<std::int64_t>(1, std::llround(frame.width * ratio));
}

Error cannot_convert(const AVFrame& frame) {
    const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    return {ErrorCode::kInternal,
            fmt::format("cannot convert a {}x{} picture of pixel format {}", frame.width,
                        frame.height, name == nullptr ? "unknown" : name)};
}

/// The lines that swscale is to read: all of them, or those of the first field.
struct Lines {
    std::array<const std::uint8_t*, 4> data{};
    std::array<int, 4> stride{};
    int height = 0;
};

Lines lines_of(const AVFrame& frame) {
    Lines lines;
    const bool is_field = frame.interlaced_frame != 0 && frame.height >= kMinInterlacedHeight;
    lines.height = is_field ? (frame.height + 1) / 2 : frame.height;
    for (std::size_t plane = 0; plane < lines.data.size(); ++plane) {
        lines.data[plane] = frame.data[plane];
        lines.stride[plane] = is_field ? frame.linesize[plane] * 2 : frame.linesize[plane];
    }
    return lines;
}

}  // namespace

Result<frame::RgbView> shown_size(const AVFrame& frame, const Presentation& how) {
    const Result<void> stored =
        check_picture_size(frame.width, frame.height, kBytesPerPixel, how.limits);
    if (!stored) {
        return stored.error();
    }
    const std::int64_t width = square_width(frame, how.sample_aspect);
    const Result<void> shown = check_picture_size(width, frame.height, kBytesPerPixel, how.limits);
    if (!shown) {
        return shown.error();
    }
    frame::RgbView size;
    size.width = how.orientation.transposes ? frame.height : static_cast<int>(width);
    size.height = how.orientation.transposes ? static_cast<int>(width) : frame.height;
    return size;
}

Result<void> PictureConverter::rebuild(const Shape& shape) {
    if (scaler_ && shape == shape_) {
        return {};
    }
    scaler_.reset(sws_getContext(shape.source_width, shape.source_height, shape.source_format,
                                 shape.width, shape.height, shape.format, kScalerFlags, nullptr,
                                 nullptr, nullptr));
    if (!scaler_) {
        return Error{ErrorCode::kInternal, "swscale takes no such picture"};
    }
    const int* source = sws_getCoefficients(shape.colorspace);
    const int* full = sws_getCoefficients(SWS_CS_DEFAULT);
    constexpr int kUnity = 1 << 16;
    // Fails for formats without a colour matrix, which need none.
    static_cast<void>(sws_setColorspaceDetails(scaler_.get(), source, shape.is_full_range ? 1 : 0,
                                               full, 1, 0, kUnity, kUnity));
    shape_ = shape;
    return {};
}

Result<frame::RgbView> PictureConverter::convert(const AVFrame& frame, const Presentation& how) {
    Presentation stored = how;
    stored.orientation = {};
    const Result<frame::RgbView> size = shown_size(frame, stored);
    if (!size) {
        return size.error();
    }
    const auto format = static_cast<AVPixelFormat>(frame.format);
    if (sws_isSupportedInput(format) == 0) {
        return cannot_convert(frame);
    }
    const bool blends = has_alpha(format);
    const Lines lines = lines_of(frame);
    const Shape shape{frame.width,          lines.height,
                      plain_format(format), size->width,
                      size->height,         blends ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24,
                      colorspace_of(frame), is_full_range(frame)};
    if (!rebuild(shape)) {
        return cannot_convert(frame);
    }
    const int stride = size->width * (blends ? 4 : 3);
    const std::size_t bytes =
        static_cast<std::size_t>(stride) * static_cast<std::size_t>(size->height);
    std::vector<std::uint8_t>& target = blends ? rgba_ : upright_.pixels;
    target.resize(bytes + kOverrunBytes);
    std::array<std::uint8_t*, 4> out{target.data(), nullptr, nullptr, nullptr};
    const std::array<int, 4> out_stride{stride, 0, 0, 0};
    if (sws_scale(scaler_.get(), lines.data.data(), lines.stride.data(), 0, lines.height,
                  out.data(), out_stride.data()) != size->height) {
        return cannot_convert(frame);
    }
    if (blends) {
        const double clear = composite({rgba_.data(), size->width, size->height, stride},
                                       AlphaKind::kStraight, how.ground, upright_);
        shows_ground_ = shows_ground_ || is_shown(clear);
    }
    upright_.width = size->width;
    upright_.height = size->height;
    return turned(upright_, how.orientation, turned_);
}

}  // namespace refrain::media

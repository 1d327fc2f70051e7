#pragma once

#include <vector>

#include "refrain/limits.h"
#include "refrain/result.h"

#include "frame/picture.h"
#include "media/ffmpeg_handles.h"
#include "media/frame_reader.h"
#include "media/orientation.h"

namespace refrain::media {

/// How decoded frames are meant to be shown.
struct Presentation {
    frame::Dihedral orientation;
    AVRational sample_aspect{0, 1};  ///< width of a pixel over its height; 0: square
    Ground ground = Ground::kBlack;
    Limits limits;
};

/// Size of `frame` as shown. @error kTooLarge, kCorrupt
[[nodiscard]] Result<frame::RgbView> shown_size(const AVFrame& frame, const Presentation& how);

/// Turns decoded frames of any pixel format into upright, square-pixel, full-range RGB.
///
/// Follows every change of size, format and colour from one frame to the next. Interlaced frames
/// are shown by their first field (docs/decisions/0004-interlaced-frames.md).
///
/// Thread safety: one thread at a time. Memory: one picture, two while it is turned or blended.
class PictureConverter {
  public:
    /// Valid until the next call. @error kTooLarge, kCorrupt, kInternal
    [[nodiscard]] Result<frame::RgbView> convert(const AVFrame& frame, const Presentation& how);

    /// As FrameReader::shows_ground, of the frames so far.
    [[nodiscard]] bool shows_ground() const { return shows_ground_; }

  private:
    struct Shape {
        int source_width = 0;
        int source_height = 0;
        AVPixelFormat source_format = AV_PIX_FMT_NONE;
        int width = 0;
        int height = 0;
        AVPixelFormat format = AV_PIX_FMT_NONE;
        int colorspace = 0;  ///< SWS_CS_*
        bool is_full_range = false;
        friend bool operator==(const Shape&, const Shape&) = default;
    };

    [[nodiscard]] Result<void> rebuild(const Shape& shape);

    ScalerHandle scaler_;
    Shape shape_;
    std::vector<std::uint8_t> rgba_;
    frame::RgbImage upright_;
    frame::RgbImage turned_;
    bool shows_ground_ = false;
};

}  // namespace refrain::media

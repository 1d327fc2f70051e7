#pragma once

#include "media/byte_source.h"

namespace refrain::media {

/// How a medium is to be read.
enum class Format {
    kOther,  ///< to be recognised by FFmpeg: videos, GIF, APNG and rarer pictures
    kText,   ///< text without a known header: nothing to decode
    kJpeg,
    kPng,  ///< without animation, or what an animated one shows where that is not known
    kBmp,
    kTiff,
    kJxl,
    kWebp,  ///< still or animated
    kHeif,  ///< still HEIC or AVIF
    kPfm,
    kPsd,
    kIco,  ///< icons or cursors: sizes of one picture
};

/// Recognises the format by its first bytes.
///
/// Cost: reads at most a few kilobytes; of a PNG, the chunks before its pixels.
[[nodiscard]] Format sniff(const ByteSource& source);

/// Whether `source` is an animated PNG with a still picture that is not part of the animation, for
/// those who cannot show one.
///
/// Cost: the chunks before the pixels.
[[nodiscard]] bool has_still_beside_animation(const ByteSource& source);

}  // namespace refrain::media

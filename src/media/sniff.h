#pragma once

#include "media/byte_source.h"

namespace refrain::media {

/// How a medium is to be read.
enum class Format {
    kOther,  ///< to be recognised by FFmpeg: videos, GIF, APNG and rarer pictures
    kText,   ///< text without a known header: nothing to decode
    kJpeg,
    kPng,  ///< without animation
    kBmp,
    kTiff,
    kJxl,
    kWebp,  ///< still or animated
    kHeif,  ///< still HEIC or AVIF
};

/// Recognises the format by its first bytes.
///
/// Cost: reads at most a few kilobytes; of a PNG, the chunks before its pixels.
[[nodiscard]] Format sniff(const ByteSource& source);

}  // namespace refrain::media

#pragma once

#include <cstdint>
#include <string>

#include "media/byte_source.h"

namespace refrain::media {

/// Where the first picture of a JPEG file ends, and what it lacks.
struct JpegEnd {
    std::uint64_t offset = 0;  ///< first byte behind the end marker; the file's size without one
    std::string truncation;    ///< as find_truncation
};

/// Walks the markers of a JPEG file up to the end of its first picture. Cost: those bytes once.
[[nodiscard]] JpegEnd find_jpeg_end(const ByteSource& source);

/// What a file lacks by its own account, as one line for people; empty if nothing is known to.
///
/// Decoders pass over a missing end in silence, so the frame of the format is walked here: JPEG
/// markers to EOI, PNG chunks to IEND, GIF blocks to the trailer, the boxes of MP4 and its kin, the
/// sizes that RIFF (AVI, WebP) and Matroska files begin with, the last page of an Ogg file, and
/// what still_damage.h lists.
///
/// Cost: reads headers only; of JPEG, GIF, QOI, BMP in runs and plain PNM, all bytes
/// once. Bounded by the file's size.
[[nodiscard]] std::string find_truncation(const ByteSource& source);

}  // namespace refrain::media

#pragma once

#include <string>

#include "media/byte_source.h"

namespace refrain::media {

/// What a file lacks by its own account, as one line for people; empty if nothing is known to.
///
/// Decoders pass over a missing end in silence, so the frame of the format is walked here: JPEG
/// markers to EOI, PNG chunks to IEND, GIF blocks to the trailer, the boxes of MP4 and its kin, the
/// sizes that RIFF (AVI, WebP) and Matroska files begin with, the last page of an Ogg file.
///
/// Cost: reads headers only; of JPEG and GIF, all bytes once. Bounded by the file's size.
[[nodiscard]] std::string find_truncation(const ByteSource& source);

}  // namespace refrain::media

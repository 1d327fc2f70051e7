#pragma once

#include <cstdint>
#include <optional>

#include "media/byte_source.h"
#include "media/orientation.h"

namespace refrain::media {

/// What a picture file says of itself before anything is decoded.
struct PictureHeader {
    std::int64_t width = 0;       ///< as stored, pixels
    std::int64_t height = 0;      ///< as stored, pixels
    frame::Dihedral orientation;  ///< of its EXIF block
};

/// Reads the header of a JPEG, PNG, BMP, TIFF or WebP file, and the size of a GIF or animated PNG;
/// nothing where it is damaged or of another format. Decoders check what they find themselves: this
/// is asked first because they cannot say that a picture is too large.
///
/// Cost: reads the segments before the pixels.
[[nodiscard]] std::optional<PictureHeader> read_picture_header(const ByteSource& source);

}  // namespace refrain::media

#pragma once

#include <string>

#include "media/byte_walker.h"

namespace refrain::media {

// What a picture file lacks or cannot be by its own account, of formats whose decoders pass over
// it: as one line for people; empty if nothing is known. The rows and runs are followed, no pixel
// is decoded. Each expects its own format. Cost: bounded by the file's size.

/// BMP: rows that the file is too short for; runs that leave the picture.
[[nodiscard]] std::string walk_bmp(ByteWalker& bytes);

/// Sun raster: the length that its header says.
[[nodiscard]] std::string walk_sun_raster(ByteWalker& bytes);

/// QOI: whether its pixels end where its end mark stands.
[[nodiscard]] std::string walk_qoi(ByteWalker& bytes);

/// OpenEXR of one part in rows: whether each block lies in the file.
[[nodiscard]] std::string walk_exr(ByteWalker& bytes);

/// Plain PGM and PPM: whether there are as many numbers as samples, and nothing else.
[[nodiscard]] std::string walk_plain_pnm(ByteWalker& bytes);

}  // namespace refrain::media

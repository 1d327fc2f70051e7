#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "refrain/limits.h"
#include "refrain/result.h"

#include "media/tiff_file.h"

namespace refrain::media {

/// What a directory says of its picture.
struct TiffPage {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint16_t bits = 1;  ///< of a sample
    std::uint16_t samples = 1;
    std::uint16_t sample_format = SAMPLEFORMAT_UINT;
    std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
    std::uint16_t planes = PLANARCONFIG_CONTIG;
    std::uint16_t compression = COMPRESSION_NONE;
    int orientation = 1;  ///< as in EXIF
    bool is_tiled = false;
    std::uint32_t block_width = 0;                  ///< of a tile, or of the picture
    std::uint32_t block_height = 0;                 ///< of a tile or strip
    std::uint16_t alpha = EXTRASAMPLE_UNSPECIFIED;  ///< that, or a kind of transparency
    bool is_helper = false;                         ///< a smaller copy or a mask of another page
};

/// The current directory of `file`.
[[nodiscard]] TiffPage read_tiff_page(const TiffFile& file);

/// A picture within its file.
struct TiffBlock {
    std::uint32_t x = 0;
    std::uint32_t y = 0;
    std::uint32_t width = 0;   ///< cut to the picture
    std::uint32_t height = 0;  ///< cut to the picture
};

/// Whether the stored bytes of a block agree with their checksum, where they have one that libtiff
/// does not look at: of Deflate. @return what is wrong; empty: nothing
///
/// Cost: unpacks the block once more.
[[nodiscard]] std::string check_stored(const TiffFile& file,
                                       const TiffPage& page,
                                       const TiffBlock& block);

/// Calls `take` with each strip or tile, row by row from the top; it returns an error to stop.
template <typename Take>
Result<void> each_block(const TiffPage& page, const Take& take) {
    for (std::uint64_t y = 0; y < page.height; y += page.block_height) {
        for (std::uint64_t x = 0; x < page.width; x += page.block_width) {
            TiffBlock block;
            block.x = static_cast<std::uint32_t>(x);
            block.y = static_cast<std::uint32_t>(y);
            block.width = std::min(page.block_width, page.width - block.x);
            block.height = std::min(page.block_height, page.height - block.y);
            if (Result<void> taken = take(block); !taken) {
                return taken;
            }
        }
    }
    return {};
}

}  // namespace refrain::media

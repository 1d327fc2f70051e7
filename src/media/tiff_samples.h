#pragma once

#include <cstdint>
#include <vector>

#include "refrain/result.h"

#include "media/tiff_file.h"
#include "media/tiff_page.h"

namespace refrain::media {

/// The pixels of a TIFF page: packed 8-bit R, G, B, A.
struct TiffPixels {
    std::vector<std::uint8_t> rgba;  ///< what could not be decoded is black
    bool is_premultiplied = false;
    std::uint64_t blocks = 0;   ///< strips or tiles
    std::uint64_t damaged = 0;  ///< those of them that are not whole
    std::string problem;        ///< the first of their problems
};

/// Counts a block that has been read, and what was wrong with it.
///
/// Cost: as check_stored.
/// @error kCancelled, kTimeout, kUnreadable
[[nodiscard]] Result<void> end_block(TiffFile& file,
                                     const TiffPage& page,
                                     const TiffBlock& block,
                                     TiffPixels& pixels);

/// Whether a page is one for `read_tiff_samples`: grey, RGB or CMYK of other samples than the
/// usual ones of up to 8 bits.
[[nodiscard]] bool has_unusual_samples(const TiffPage& page);

/// Reads grey, RGB or CMYK samples of any width: integers over their whole range, those with a
/// sign by their bits, as other readers do; floating point from 0 to 1, or, where most of it lies
/// outside, over the range that occurs.
///
/// @error kUnsupportedFormat  samples of a kind or width that is not read
/// @error kCancelled, kTimeout, kUnreadable
[[nodiscard]] Result<TiffPixels> read_tiff_samples(TiffFile& file, const TiffPage& page);

}  // namespace refrain::media

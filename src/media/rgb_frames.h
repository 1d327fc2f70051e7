#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "media/byte_source.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// The pictures of a HEIC or AVIF file that stand for themselves: no thumbnails, tiles, gain maps
/// or other helpers.
struct HeifPictures {
    std::vector<std::uint32_t> entries;  ///< in the order of the file, a bounded number
    std::uint32_t primary = 0;           ///< the one that is shown first; 0: the file names none
    int total = 0;                       ///< how many the file holds
};

/// Reads the index of the file, no pixels.
///
/// @error as open_heif
[[nodiscard]] Result<HeifPictures> list_heif_pictures(const ByteSource& source,
                                                      const ReaderOptions& options);

/// Opens one picture of a HEIC or AVIF file through libheif, which turns it upright itself.
///
/// @param entry  of `list_heif_pictures`; 0: the one that is shown first
/// @error kUnsupportedFormat, kCorrupt, kTooLarge, kUnreadable, kCancelled, kTimeout, kInternal
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_heif(const ByteSource& source,
                                                             std::uint32_t entry,
                                                             const ReaderOptions& options,
                                                             const std::string& truncation);

/// Opens a page of a TIFF file through libtiff.
///
/// Strips or tiles that cannot be decoded are black, and the picture is partial.
/// @param directory  where the page's directory lies in the file
/// @error kUnsupportedFormat, kCorrupt, kTooLarge, kUnreadable, kCancelled, kTimeout, kInternal
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_tiff(const ByteSource& source,
                                                             std::uint64_t directory,
                                                             const ReaderOptions& options);

/// Opens a still or animated JPEG XL picture through libjxl, which turns it upright itself. The
/// pages of one that has pages are frames of a second each.
///
/// @error kCorrupt, kTooLarge, kUnreadable, kInternal
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_jxl(const ByteSource& source,
                                                            const ReaderOptions& options);

/// Opens a PFM picture, of floating-point samples. FFmpeg 5.1 shows them upside down.
///
/// @error kCorrupt, kTooLarge, kUnreadable, kCancelled, kTimeout
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_pfm(const ByteSource& source,
                                                            const ReaderOptions& options);

/// Opens a still or animated WebP through libwebp.
///
/// @error kCorrupt, kTooLarge, kUnreadable, kCancelled, kTimeout, kInternal
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_webp(const ByteSource& source,
                                                             const ReaderOptions& options,
                                                             const std::string& truncation);

}  // namespace refrain::media

#pragma once

#include <memory>
#include <string>

#include "media/byte_source.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// Opens a still HEIC or AVIF picture through libheif, which turns it upright itself.
///
/// @error kUnsupportedFormat, kCorrupt, kTooLarge, kUnreadable, kCancelled, kTimeout, kInternal
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_heif(const ByteSource& source,
                                                             const ReaderOptions& options,
                                                             const std::string& truncation);

/// Opens a still or animated WebP through libwebp.
///
/// @error kCorrupt, kTooLarge, kUnreadable, kCancelled, kTimeout, kInternal
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_webp(const ByteSource& source,
                                                             const ReaderOptions& options,
                                                             const std::string& truncation);

}  // namespace refrain::media

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "refrain/media_time.h"
#include "refrain/result.h"

#include "frame/picture.h"
#include "media/byte_source.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// The picture with its longer side at `side` pixels. @error kInternal
[[nodiscard]] Result<frame::RgbImage> fit(const frame::RgbView& picture, int side);

/// Decodes the pictures that a part of a medium shows at some times, each with its longer side at
/// `side` pixels.
///
/// @param part  PartInfo::index; none: the main part
/// @param take  gets each picture with the time that was asked for, in rising order
/// @return      why not all pictures could be read, `code: message`; empty: they were
///
/// Cost: decodes up to the last of `times`. Memory: the decoder's, and one fitted picture.
[[nodiscard]] std::string read_shown_pictures(
    const ByteSource& source,
    std::optional<std::uint32_t> part,
    const std::set<MediaTime>& times,
    int side,
    const ReaderOptions& options,
    const std::function<void(MediaTime, frame::RgbImage)>& take);

}  // namespace refrain::media

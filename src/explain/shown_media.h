#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "refrain/explain.h"
#include "refrain/fingerprint.h"
#include "refrain/media_time.h"

#include "frame/picture.h"

namespace refrain::explain {

/// Pictures of one medium, small enough to be laid side by side.
struct ShownMedia {
    static constexpr int kSide = 640;  ///< pixels of a picture's longer side, exactly

    std::map<MediaTime, frame::RgbImage> pictures;  ///< by the time that was asked for
    std::string problem;  ///< why some of them are missing; empty: none is
};

/// What is to be shown of a medium.
struct ShownTimes {
    std::optional<std::uint32_t> part;  ///< PartInfo::index; none: the medium has one part
    std::set<MediaTime> times;
};

/// Decodes the pictures that a part of a medium shows at some times, provided that it is a regular
/// file of the bytes that are meant.
///
/// Cost: reads all bytes; decodes up to the last of the times. Memory: 1.2 MB a picture.
[[nodiscard]] ShownMedia read_pictures(const std::filesystem::path& path,
                                       const Sha256& sha256,
                                       const ShownTimes& wanted,
                                       const ExplainOptions& options);

}  // namespace refrain::explain

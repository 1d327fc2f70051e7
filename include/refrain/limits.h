#pragma once

#include <cstdint>

#include "refrain/media_time.h"

namespace refrain {

/// What one medium may cost. Checked before memory is taken; over a limit is an Error, never a
/// silent cut. The defaults admit what platforms accept and stop what only an attacker sends.
struct Limits {
    std::uint64_t max_bytes = 8ULL << 30;    ///< size of the file
    std::uint64_t max_pixels = 150'000'000;  ///< width x height of one picture
    std::uint32_t max_side = 65'535;         ///< width or height, pixels
    std::uint64_t max_frames = 2'000'000;    ///< decoded frames: 9 hours at 60 a second
    MediaTime max_duration = MediaTime::from_seconds(std::int64_t{6} * 3600);
    std::uint64_t max_memory_bytes = 2ULL << 30;  ///< largest single picture, all its planes
    MediaTime max_wall_time =
        MediaTime::from_seconds(std::int64_t{4} * 3600);  ///< time spent on one medium
};

}  // namespace refrain

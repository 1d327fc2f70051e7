#pragma once

#include <cstdint>

#include "refrain/media_time.h"

namespace refrain {

/// What one medium may cost.
///
/// Each limit is checked before the memory or the time is spent. A medium over a limit gives an
/// Error that names the limit; it is never cut short in silence. The defaults admit what platforms
/// accept, and stop what only an attacker sends. A limit of 0 admits nothing.
///
/// Thread safety: a value.
///
///     FingerprintOptions options;
///     options.limits.max_bytes = 100 << 20;                        // 100 MiB
///     options.limits.max_wall_time = MediaTime::from_seconds(60);
struct Limits {
    std::uint64_t max_bytes = 8ULL << 30;    ///< size of the file; beyond: kTooLarge
    std::uint64_t max_pixels = 150'000'000;  ///< width x height of one picture; beyond: kTooLarge
    std::uint32_t max_side = 65'535;         ///< width or height in pixels; beyond: kTooLarge
    /// Frames that are decoded: 9 hours at 60 a second. Beyond: kTooManyFrames.
    std::uint64_t max_frames = 2'000'000;
    /// Presentation time from the first frame to the end of the last one. Beyond: kTooLarge.
    MediaTime max_duration = MediaTime::from_seconds(std::int64_t{6} * 3600);
    /// Bytes of the largest single picture with all its planes. Beyond: kTooLarge.
    std::uint64_t max_memory_bytes = 2ULL << 30;
    /// Wall-clock time spent on one medium, looked at between frames. Beyond: kTimeout.
    MediaTime max_wall_time = MediaTime::from_seconds(std::int64_t{4} * 3600);
};

}  // namespace refrain

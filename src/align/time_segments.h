#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/media_time.h"
#include "refrain/verdict.h"

namespace refrain::align {

/// A query frame that looks like a frame of one known video.
struct TimeHit {
    std::uint32_t query_frame = 0;  ///< ordinal among the query's frames
    MediaTime query_time;
    MediaTime query_end;  ///< when the next query frame begins; >= query_time
    MediaTime reference_time;
    int distance = 0;  ///< Hamming, 0..256
};

/// A run of hits that keep one offset between query and reference time.
struct TimeSegment {
    TimeSpan query;
    TimeSpan reference;
    double speed = 1.0;             ///< reference seconds per query second
    std::vector<std::size_t> hits;  ///< indices into the input, one per query frame, by time
};

struct TimeOptions {
    MediaTime tolerance = MediaTime::from_ms(1000);   ///< between the offsets of one segment
    MediaTime max_gap = MediaTime::from_seconds(10);  ///< query time without a hit inside a segment
    MediaTime reference_duration;                     ///< segments end here at the latest
    std::size_t max_segments = 16;
};

/// Finds the segments that explain most hits, strongest first; no query frame serves twice.
///
/// First version: unit speed, forward play. Cost: O(n log n) per segment. Thread safety: pure
/// function.
[[nodiscard]] std::vector<TimeSegment> find_time_segments(std::span<const TimeHit> hits,
                                                          const TimeOptions& options);

}  // namespace refrain::align

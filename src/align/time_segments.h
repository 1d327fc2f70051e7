#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/media_time.h"
#include "refrain/verdict.h"

#include "align/time_rules.h"

namespace refrain::align {

/// A query frame that looks like a stored frame of one known video.
///
/// The stored frame stands for a span of reference time; the query frame is a single instant, and
/// what lies between it and the sampled frames beside it is unknown.
struct TimeHit {
    std::uint32_t query_frame = 0;  ///< ordinal among all sampled query frames, hit or not
    MediaTime query_time;
    MediaTime query_end;        ///< time of the next sampled frame, or the end of the query
    MediaTime query_previous;   ///< time of the sampled frame before; 0 for the first one
    MediaTime reference_begin;  ///< the stored frame stands for [reference_begin, reference_end)
    MediaTime reference_end;    ///< not after reference_begin: a single instant
    double weight = 1.0;        ///< evidence, -log10 rarity; hits that are not > 0 are ignored
};

/// A run of hits that lie on one line: reference time = speed x query time + offset.
///
/// The ends of `query` are mapped by the line to the ends of `reference` (crosswise if the speed is
/// negative). A speed of 0 is a held picture: `reference` is then the span of the stored frame.
struct TimeSegment {
    TimeSpan query;
    TimeSpan reference;
    double speed = 1.0;             ///< reference seconds per query second; negative: reversed
    std::vector<std::size_t> hits;  ///< indices into the input, one per query frame, by time
    double weight = 0;              ///< sum of the weights of `hits`
};

struct TimeOptions {
    /// How far a line may pass beside a hit's span: jitter of frame times and of change points.
    MediaTime tolerance = MediaTime::from_ms(300);
    /// Longest query time without a hit inside a segment, from the first frame that missed.
    MediaTime max_gap = MediaTime::from_seconds(5);
    MediaTime query_begin;         ///< segments begin here at the earliest: the first frame
    MediaTime query_duration;      ///< segments end here at the latest; 0: unknown
    MediaTime reference_begin;     ///< segments begin here at the earliest
    MediaTime reference_duration;  ///< segments end here at the latest; 0: end of the last hit
    double min_speed = 0.5;        ///< > 0, slowest play in either direction
    double max_speed = 2.0;        ///< >= 1, fastest play in either direction
    double min_weight = 0;         ///< lighter segments are left out
    std::size_t max_segments = 64;
};

/// Finds the segments that explain most of the hits, strongest first.
///
/// No query frame serves in two segments; where the known video repeats itself, the frame goes to
/// the longer run. Normal speed is believed unless another speed explains at least four frames and
/// clearly more of the evidence. A lone hit makes a segment of its own: `min_weight` is for that.
/// The answer does not depend on the order of `hits`, save that `TimeSegment::hits` are indices.
///
/// Cost: O(n log n) in the number of hits; per query frame at most 32 places in the known video,
/// the heaviest, take part in the search. Memory: O(n). Thread safety: pure function.
/// Source: docs/decisions/0030-time-alignment.md.
[[nodiscard]] std::vector<TimeSegment> find_time_segments(std::span<const TimeHit> hits,
                                                          const TimeOptions& options,
                                                          const TimeRules& rules = kTimeRules);

}  // namespace refrain::align

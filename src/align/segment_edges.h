#pragma once

#include <span>
#include <vector>

#include "align/line_run.h"
#include "align/time_segments.h"

namespace refrain::align {

/// Turns runs into segments: picks the hit of each frame, and places the edges.
///
/// An edge lies halfway between the last frame that supports the run and the sampled frame beyond;
/// at the first and the last sampled frame at the query's own edge; nowhere beyond the reference.
/// Where the frame beyond belongs to another run, the two meet.
///
/// @param runs  by query time, none empty, no frame in two of them
/// @return      as many segments, in the same order
[[nodiscard]] std::vector<TimeSegment> segments_of(std::span<const TimeHit> hits,
                                                   const HitTable& table,
                                                   std::span<const LineRun> runs,
                                                   const TimeOptions& options);

}  // namespace refrain::align

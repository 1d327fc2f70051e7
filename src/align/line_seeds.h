#pragma once

#include <cstddef>
#include <vector>

#include "align/hit_table.h"
#include "align/line_fit.h"
#include "align/line_run.h"

namespace refrain::align {

/// Lines that may hold a segment: in each short stretch of the query the lines on which its frames
/// agree best, grown as far as they reach; heaviest stretch first, each place explained once.
///
/// Stretches have 8 to 64 frames and overlap by half. Normal speed is tried first; the other speeds
/// (steps of 4 %, both directions, and a held picture) only where it leaves enough unexplained, and
/// in at most 4096 stretches, evenly spread.
/// At most 8 runs for each segment asked for. Cost: O(n log n) for n pieces, times up to 76 speeds.
/// Thread safety: pure function.
[[nodiscard]] std::vector<LineRun> find_line_runs(const HitTable& table,
                                                  const TimeOptions& options);

}  // namespace refrain::align

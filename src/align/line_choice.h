#pragma once

#include <span>
#include <vector>

#include "align/line_run.h"

namespace refrain::align {

/// Gives each query frame to at most one line so that what the frames say, less a price for each
/// run begun and each frame missed inside a run, is greatest. Exact, by dynamic programming.
///
/// @return parts of `runs` by query time; together they hold no frame twice
///
/// Cost: O(sum of the runs' frames). Thread safety: pure function.
[[nodiscard]] std::vector<LineRun> choose_runs(const HitTable& table,
                                               std::span<const LineRun> runs);

/// Joins neighbours in time that one line explains as well as two, unless a silence of more than
/// max_gap lies between them. A single frame is joined only when nearly next to the other run.
[[nodiscard]] std::vector<LineRun> join_neighbours(const HitTable& table,
                                                   std::vector<LineRun> runs,
                                                   const TimeOptions& options);

/// Drops hits at the ends of runs that lie behind more misses than the run has elsewhere: most
/// likely strays that happen to lie on the line.
void trim_strays(const HitTable& table, std::vector<LineRun>& runs);

/// Adds a run of one frame, by its heaviest hit, for each frame outside of all runs.
[[nodiscard]] std::vector<LineRun> with_lone_hits(const HitTable& table, std::vector<LineRun> runs);

}  // namespace refrain::align

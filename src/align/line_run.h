#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "align/hit_table.h"
#include "align/line_fit.h"

namespace refrain::align {

/// A line and the frames of the table, ascending, that it serves.
struct LineRun {
    Line line;
    std::vector<std::size_t> frames;
    double score = 0;  ///< sum of what the frames say for the line
};

/// Which speeds may be tried around `speed`: its own direction; only itself if it is 0.
[[nodiscard]] SpeedRange speeds_around(double speed, const TimeOptions& options);

/// What `frames` say for a line.
[[nodiscard]] double score_on(const HitTable& table,
                              std::span<const std::size_t> frames,
                              const Line& line);

/// The spans beside which a line passes within tolerance, to fit a better line to.
[[nodiscard]] std::vector<FitPoint> points_on(const HitTable& table,
                                              std::span<const std::size_t> frames,
                                              const Line& line);

/// Follows a line both ways from frames [begin, end), refits it to what it met, and again, until
/// nothing is gained.
///
/// A side ends at a silence of more than the table's max_gap, or where misses outweigh support.
/// Cost: at most 12 passes over the frames reached. Thread safety: pure function.
[[nodiscard]] LineRun grow_run(const HitTable& table,
                               const Line& seed,
                               std::size_t begin,
                               std::size_t end,
                               SpeedRange speeds);

/// The best line for a run's frames, with the belief in normal speed applied: the run's own line,
/// a refit of it, or the best line at normal speed unless one of the others is clearly better.
/// Frames that do not support the line in the end are dropped. `frames` are those to judge by.
[[nodiscard]] LineRun settle_run(const HitTable& table,
                                 const Line& line,
                                 const std::vector<std::size_t>& frames,
                                 const TimeOptions& options);

}  // namespace refrain::align

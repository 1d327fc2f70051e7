#pragma once

#include <span>

#include "align/time_rules.h"

namespace refrain::align {

/// A line through the plane of query time and reference time, both in seconds.
struct Line {
    double origin = 0;  ///< query time at which the line passes `value`
    double value = 0;   ///< reference time
    double speed = 1;

    [[nodiscard]] double at(double query_time) const {
        return value + speed * (query_time - origin);
    }
};

/// A query instant and the span of reference time that it looks like, in seconds.
struct FitPoint {
    double time = 0;
    double begin = 0;
    double end = 0;  ///< >= begin
    double weight = 1;
};

/// Which speeds a line may have; low == high fixes it.
struct SpeedRange {
    double low = 1;
    double high = 1;
};

/// Seconds by which `value` lies outside [begin, end]; 0 inside.
[[nodiscard]] double distance_outside(double value, double begin, double end);

/// Fits a line through spans: least squares of the distances outside, and, where that leaves room,
/// of the distances to the middles of the spans, the shorter the span the more.
///
/// @param start  where to begin; returned as it is when `points` is empty
///
/// Cost: at most 12 passes over the points. Thread safety: pure function.
[[nodiscard]] Line fit_line(std::span<const FitPoint> points,
                            Line start,
                            SpeedRange speeds,
                            const TimeRules& rules = kTimeRules);

}  // namespace refrain::align

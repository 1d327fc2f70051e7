#pragma once

#include <functional>
#include <vector>

#include "align/time_segments.h"
#include "match/match_rules.h"

namespace refrain::match {

/// Drops runs of places alone that lie in a short gap of one line, and joins what they parted.
///
/// A place tells which picture a frame shows, but not which of its repetitions: of a film that
/// shows a picture again and again, only a few are kept for each frame. Where whole frames run on
/// along one line before and after, for up to five seconds between, the line says when it was.
///
/// @param is_place  whether a hit, by its index, is a place and no pair of whole frames
/// @return          in no order
///
/// Cost: O(n log n) in the runs. Thread safety: pure function.
[[nodiscard]] std::vector<align::TimeSegment> without_interruptions(
    std::vector<align::TimeSegment> runs,
    const std::function<bool(std::size_t)>& is_place,
    const MatchRules& rules = kMatchRules);

}  // namespace refrain::match

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "align/picture_match.h"

namespace refrain::align {

/// The points of both pictures.
struct PlaceLists {
    std::span<const PointPlace> known;
    std::span<const PointPlace> query;
};

/// Pairs to follow, those first with whose turn, change of size and shift most others agree.
///
/// Each pair votes in cells of turn (30 degrees), size (a factor of 2) and of where the middle of
/// the known points would lie, and is worth the best of its cells.
///
/// @param free  indices into `pairs`, ascending, all in range
/// @return      at most `limit` of them
///
/// Cost: O(free log free). Thread safety: pure function.
[[nodiscard]] std::vector<std::uint32_t> order_by_votes(std::span<const PointPair> pairs,
                                                        std::span<const std::uint32_t> free,
                                                        PlaceLists places,
                                                        int limit);

}  // namespace refrain::align

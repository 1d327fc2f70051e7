#pragma once

#include <cstdint>
#include <span>

#include "align/pair_table.h"
#include "align/plane_map.h"

namespace refrain::align {

/// log10 of the chance of at least `hits` successes in `trials`, each with `chance`: an upper
/// bound that is within a few per cent for small chances; 0 where hits are no more than expected.
[[nodiscard]] double log10_tail(double trials, double hits, double chance);

/// A map, what it was fitted as, and the rows that agree with it.
struct MapSupport {
    PlaneMap map{};
    MapKind kind = MapKind::kSimilarity;
    std::vector<std::uint32_t> rows;  ///< ascending
};

/// log10 of the expected number of maps with as much support among unrelated pictures; at most 0.
///
/// Under chance, the query's point of a pair falls where the query's points lie (those of all
/// rows, smoothed), and its turn and size agree as often as those of the rows outside the support,
/// but at least as often as if all turns were equally likely. Where a point is in many pairs, as
/// in repeated patterns, one of them agrees the more easily. Inliers at one corner count once.
/// The closest pairs alone may be the better evidence: several bounds of distance are tried, and
/// paid for.
///
/// @param rows  all of them, not only those still free
/// Cost: O(rows).
[[nodiscard]] double log10_chance(std::span<const PairRow> rows,
                                  const MapSupport& support,
                                  PictureSize query_size,
                                  const PlacementRules& rules = kPlacementRules);

}  // namespace refrain::align

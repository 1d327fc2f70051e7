#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "align/picture_match.h"
#include "align/placement_rules.h"
#include "align/plane_map.h"

namespace refrain::align {

/// The pictures and pairs of one call.
struct PairScene {
    std::span<const PointPair> pairs;
    std::span<const PointPlace> known;
    std::span<const PointPlace> query;
    PictureSize known_size;
    PictureSize query_size;
    const PlacementRules& rules = kPlacementRules;
};

/// A usable pair, with what the search asks again and again.
struct PairRow {
    float known_x = 0;
    float known_y = 0;
    float query_x = 0;
    float query_y = 0;
    float tolerance = 0;  ///< pixels of the query within which an inlier's place must agree
    float turn = 0;       ///< how far the pair by itself turns the picture, radians, [-pi, pi]
    float log_scale = 0;  ///< log2 of how far it enlarges it
    float weight = 0;
    std::uint32_t known = 0;
    std::uint32_t query = 0;
    std::uint32_t pair = 0;  ///< index into the caller's pairs
    std::uint16_t distance = 0;
};

/// The usable ones, at most `max_pairs`, the heaviest, in the order of the caller's.
[[nodiscard]] std::vector<PairRow> make_pair_table(const PairScene& scene, std::size_t max_pairs);

/// Brings an angle to [-pi, pi].
[[nodiscard]] double turned(double angle);

/// Whether the pair by itself turns and enlarges as a map does around its known point.
[[nodiscard]] bool agrees_in_pose(const PairRow& row,
                                  const LocalPose& pose,
                                  const PlacementRules& rules = kPlacementRules);

/// Square of the distance from where a map takes the known point to the query's, pixels.
[[nodiscard]] inline double squared_miss(const PairRow& row, const PlaneMap& map) {
    const PlanePoint image = apply(map, {row.known_x, row.known_y});
    const double dx = image.x - row.query_x;
    const double dy = image.y - row.query_y;
    return dx * dx + dy * dy;
}

/// Those of `among`, indices into the rows, that agree with a map, ascending; of those that share a
/// point of either side the closest. Cost: O(among).
[[nodiscard]] std::vector<std::uint32_t> rows_on(std::span<const PairRow> rows,
                                                 std::span<const std::uint32_t> among,
                                                 const PlaneMap& map,
                                                 const PlacementRules& rules = kPlacementRules);

}  // namespace refrain::align

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "align/pair_table.h"
#include "align/placement_chance.h"

namespace refrain::align {

/// The map with the least chance of its support, similarity or better, and that chance.
struct FoundMap {
    MapSupport support;  ///< no rows: there is none
    double log10_chance = 0;
};

/// Searches one placement among the rows that are still free.
///
/// @param rows     all of them
/// @param is_free  as long as `rows`
/// Cost: O(rows) for each of at most `max_hypotheses`.
[[nodiscard]] FoundMap find_map(std::span<const PairRow> rows,
                                const std::vector<bool>& is_free,
                                const PairScene& scene,
                                const PlaceOptions& options);

/// Whether a map is one that a picture can be shown by: upright side out, scaled and sheared within
/// reason, no corner near the horizon.
[[nodiscard]] bool is_plausible(const PlaneMap& map,
                                PictureSize known_size,
                                double max_scale,
                                const PlacementRules& rules = kPlacementRules);

}  // namespace refrain::align

#pragma once

#include <span>

#include "align/pair_table.h"
#include "align/placement_search.h"

namespace refrain::align {

/// Says where the known picture lies by a map, and how well what is common to both agrees.
///
/// @param rows  those that the map's support points into
/// Cost: O(points of both pictures).
[[nodiscard]] PicturePlacement describe_placement(const PairScene& scene,
                                                  std::span<const PairRow> rows,
                                                  const FoundMap& found);

}  // namespace refrain::align

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "align/pair_table.h"

namespace refrain::align {

/// Pairs that by themselves put the known picture at about the same place: indices into the rows,
/// the heaviest first.
using PoseCell = std::vector<std::uint32_t>;

/// The cells with most votes, most first.
///
/// Each pair votes in cells of turn (30 degrees), size (a factor of 2) and of where the middle of
/// the known points would lie, the nearer neighbour of each included; points that a cell holds
/// several times count once. Cells are left out that hold fewer than `fewest_in_cell` different
/// points, or fewer that were not in two heavier cells already.
///
/// Cost: O(rows log rows). Thread safety: pure function.
[[nodiscard]] std::vector<PoseCell> pose_cells(std::span<const PairRow> rows,
                                               std::size_t limit,
                                               const PlacementRules& rules = kPlacementRules);

}  // namespace refrain::align

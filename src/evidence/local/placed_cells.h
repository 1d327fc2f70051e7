#pragma once

#include "refrain/fingerprint.h"

#include "align/plane_map.h"
#include "verdict/copy_evidence.h"

namespace refrain::evidence {

/// As the evidence of pictures and of films was fitted: docs/decisions/0077-films-that-agree.md.
inline constexpr double kPictureGap = 2;
inline constexpr double kFilmGap = 1;

/// Compares the cells of a known picture with what a query shows at their places.
///
/// Each cell is looked for a little around its place too, where those around it agree best: a map
/// is never quite right, and a lens bends what it maps.
///
/// @param known_to_query  pixels of both working pictures; of the query as mirrored
/// @param most_gap        of two samples that are compared, in pixels of the query's small picture,
///                        which is halved as often as that takes, > 0
/// @return nothing measured if the known picture has no cells, the query no small picture, or
///         hardly any cell that shows something is in view
///
/// Cost: some 80,000 samples of the query and 25 comparisons a cell; not timed. Thread safety:
/// pure function. Source: docs/decisions/0071-cells.md.
[[nodiscard]] verdict::CellMeasures measure_cells(const LocalFrame& query,
                                                  const LocalFrame& known,
                                                  const align::PlaneMap& known_to_query,
                                                  bool is_mirrored,
                                                  double most_gap = kPictureGap);

}  // namespace refrain::evidence

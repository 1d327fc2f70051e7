#pragma once

#include <span>
#include <vector>

#include "refrain/fingerprint.h"

#include "align/picture_match.h"
#include "align/plane_map.h"
#include "verdict/copy_evidence.h"

namespace refrain::evidence {

/// The two pictures that a placement lays over each other.
struct PlacedPair {
    const LocalFrame& query;
    const LocalFrame& known;
    bool is_mirrored = false;                         ///< the query was
    std::span<const align::PointPlace> query_places;  ///< as of places_of
    std::span<const align::PointPlace> known_places;  ///< as of places_of
    bool is_film = false;                             ///< the query is
};

/// Looks whether both pictures show the same wherever both should: at the place of each known point
/// in view, whether the query has a point that is like it, one that is not, or none.
///
/// @param pairs  those that the inliers of the placement point into
/// Cost: points of the query, sorted, and for each known point those near its place; codes of the
/// known picture against each other. Thread safety: pure function.
/// Source: docs/decisions/0070-copies-and-look-alikes.md.
[[nodiscard]] verdict::PlaceMeasures measure_place(const PlacedPair& pictures,
                                                   const align::PicturePlacement& placement,
                                                   std::span<const align::PointPair> pairs);

/// Known points that the other picture should show, and what it has at their places.
struct PointStates {
    double seen = 0;    ///< known points in view, of a size that the other picture can have
    double like = 0;    ///< of these such with a point that is like it
    double unlike = 0;  ///< and such with points there, but none that is like
};

/// Looks at the place of each known point in view.
///
/// @param scale        of the map
/// @param is_left_out  for each known point whether it is left out; none: all count
[[nodiscard]] PointStates states_of(const PlacedPair& pictures,
                                    const align::PlaneMap& known_to_query,
                                    double scale,
                                    std::span<const char> is_left_out = {});

/// How much of the known detail in the common area is the same, 0..1.
[[nodiscard]] double agreement_of(const verdict::PlaceMeasures& measures);

}  // namespace refrain::evidence

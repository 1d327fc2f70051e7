#pragma once

#include <cstddef>
#include <vector>

#include "refrain/fingerprint.h"

#include "local/local_features.h"

/// The points of a frame as a fingerprint keeps them, and frames that get theirs late.
///
/// Source: docs/decisions/0013-what-a-benign-film-costs.md.
namespace refrain::local {

/// Points of a frame of a film that is looked up.
inline constexpr int kFilmQueryPoints = 500;

/// The first points of a picture, in the units of a frame that is as large as the working picture.
///
/// @param most  points to give
/// Thread safety: pure function.
[[nodiscard]] std::vector<LocalPoint> packed_points(const Features& features, std::size_t most);

/// Whether a frame has its small picture alone, from which `read_late_points` makes its points.
[[nodiscard]] inline bool has_late_points(const LocalFrame& frame) {
    return frame.points.empty() && !frame.luma.empty();
}

/// Gives late frames the points of their small pictures, kFilmQueryPoints at most, at their places
/// in the frame. Frames without corners stay as they are, and those that have points already.
///
/// Cost: as of Extractor, for each late frame. Thread safety: changes `frames` alone.
void read_late_points(std::vector<LocalFrame>& frames);

}  // namespace refrain::local

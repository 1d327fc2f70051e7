#pragma once

#include <cstddef>
#include <stop_token>
#include <vector>

#include "refrain/fingerprint.h"

#include "local/local_features.h"

/// The points of a frame as a fingerprint keeps them, and frames that get theirs late.
///
/// Source: docs/decisions/0013-what-a-benign-film-costs.md.
namespace refrain::local {

/// Points of a frame of a film that is looked up, and the long side of what they are found in.
/// A late frame's picture is as large; with its points it gets one of LocalFrame::kMaxLumaSide.
inline constexpr ExtractOptions kFilmQuery{640, 500};

/// The first points of a picture, in the units of a frame that is as large as the working picture.
///
/// @param most  points to give
/// Thread safety: pure function.
[[nodiscard]] std::vector<LocalPoint> packed_points(const Features& features, std::size_t most);

/// Gives a frame its small picture. @param most_side  of the small one, pixels
void set_small_luma(const Plane& picture, int most_side, LocalFrame& frame);

/// Makes a frame that has its points late: its picture is the working picture that they are found
/// in, as of `kFilmQuery`.
void set_late(const Plane& working, LocalFrame& frame);

/// Whether a frame has its picture alone, in which `read_late_points` finds its points.
[[nodiscard]] inline bool has_late_points(const LocalFrame& frame) {
    return frame.points.empty() && !frame.luma.empty();
}

/// Samples of late frames that are read in one query: more than any upload has, which ends at
/// LocalSampler's 24 MiB. Made-up queries end here.
inline constexpr std::size_t kMostLateSamples = std::size_t{32} << 20;

/// Gives late frames their points, the same as if they had been found at once, and makes their
/// pictures small. Other frames stay as they are, and so do those beyond `most_samples` or after a
/// request to stop.
///
/// Cost: as of Extractor, for each late frame. Thread safety: changes `frames` alone.
void read_late_points(std::vector<LocalFrame>& frames,
                      const std::stop_token& stop = {},
                      std::size_t most_samples = kMostLateSamples);

}  // namespace refrain::local

#pragma once

#include <array>
#include <span>
#include <vector>

#include "align/picture_match.h"

namespace refrain::align {

/// A map of one picture's plane to another's: a row-major homography.
using PlaneMap = std::array<double, 9>;

/// A pair of places and how much it counts in a fit.
struct PlacePair {
    PlanePoint from;
    PlanePoint to;
    double weight = 1;  ///< > 0
};

/// Where a map takes a point; far away if the point is on the map's horizon.
[[nodiscard]] PlanePoint apply(const PlaneMap& map, PlanePoint point);

/// The similarity that turns by `angle` (radians, clockwise), scales, and takes `from` to `to`.
[[nodiscard]] PlaneMap similarity_at(double angle, double scale, PlanePoint from, PlanePoint to);

/// The similarity of least squares. @return all zeros if the places leave it open
[[nodiscard]] PlaneMap fit_similarity(std::span<const PlacePair> pairs);

/// The inverse. @return all zeros if there is none
[[nodiscard]] PlaneMap inverse(const PlaneMap& map);

/// What a map does around one point.
struct LocalPose {
    double scale = 1;  ///< square root of how areas grow
    double angle = 0;  ///< radians, clockwise
    double shear = 1;  ///< longest to shortest image of a unit vector, >= 1
    bool is_mirror = false;
};
[[nodiscard]] LocalPose pose_at(const PlaneMap& map, PlanePoint point);

/// The corners of a picture, from the top left, clockwise.
[[nodiscard]] std::array<PlanePoint, 4> corners_of(PictureSize size);

/// The part of a convex polygon inside a picture.
[[nodiscard]] std::vector<PlanePoint> clip(std::span<const PlanePoint> polygon, PictureSize size);

/// The area of a polygon, > 0 if its corners go clockwise.
[[nodiscard]] double signed_area(std::span<const PlanePoint> polygon);

}  // namespace refrain::align

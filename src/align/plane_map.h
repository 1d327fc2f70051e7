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

/// Where a map takes a point; far away if the point is on the map's horizon or beyond it.
[[nodiscard]] inline PlanePoint apply(const PlaneMap& map, PlanePoint point) {
    constexpr double kFar = 1e9;
    const double w = map[6] * point.x + map[7] * point.y + map[8];
    if (!(w > 1e-12)) {
        return {kFar, kFar};
    }
    const double inverse_w = 1 / w;
    return {(map[0] * point.x + map[1] * point.y + map[2]) * inverse_w,
            (map[3] * point.x + map[4] * point.y + map[5]) * inverse_w};
}

/// The similarity that turns by `angle` (radians, clockwise), scales, and takes `from` to `to`.
[[nodiscard]] PlaneMap similarity_at(double angle, double scale, PlanePoint from, PlanePoint to);

/// The similarity of least squares. @return all zeros if the places leave it open
[[nodiscard]] PlaneMap fit_similarity(std::span<const PlacePair> pairs);

/// The affine or perspective map of least squares (of similarities, `fit_similarity`).
/// @return all zeros if the places leave it open
///
/// A perspective map minimises the misses times their distance from the horizon in `like`, a map
/// near the result; call again with the result for least squares of the misses themselves.
[[nodiscard]] PlaneMap fit_map(std::span<const PlacePair> pairs,
                               MapKind kind,
                               const PlaneMap& like);

/// The map that does `b` first and then `a`.
[[nodiscard]] PlaneMap times(const PlaneMap& a, const PlaneMap& b);

/// The inverse. @return all zeros if there is none
[[nodiscard]] PlaneMap inverse(const PlaneMap& map);

/// What a map does around one point.
struct LocalPose {
    double scale = 1;      ///< square root of how areas grow
    double log_scale = 0;  ///< log2 of it
    double angle = 0;      ///< radians, clockwise
    double shear = 1;      ///< longest to shortest image of a unit vector, >= 1
    bool is_mirror = false;
};
[[nodiscard]] LocalPose pose_at(const PlaneMap& map, PlanePoint point);

/// `pose_at` for many points of one map: the same everywhere unless the map has a horizon.
class PoseField {
  public:
    explicit PoseField(const PlaneMap& map)
        : map_(map), has_horizon_(map[6] != 0 || map[7] != 0), pose_(pose_at(map, {0, 0})) {}
    [[nodiscard]] LocalPose at(PlanePoint point) const {
        return has_horizon_ ? pose_at(map_, point) : pose_;
    }

  private:
    PlaneMap map_;
    bool has_horizon_;
    LocalPose pose_;
};

/// The corners of a picture, from the top left, clockwise.
[[nodiscard]] std::array<PlanePoint, 4> corners_of(PictureSize size);

/// The part of a convex polygon inside a picture.
[[nodiscard]] std::vector<PlanePoint> clip(std::span<const PlanePoint> polygon, PictureSize size);

/// The area of a polygon, > 0 if its corners go clockwise.
[[nodiscard]] double signed_area(std::span<const PlanePoint> polygon);

}  // namespace refrain::align

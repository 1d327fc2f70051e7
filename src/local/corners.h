#pragma once

#include <cstdint>
#include <vector>

#include "local/fast_corners.h"
#include "local/plane.h"

namespace refrain::local {

/// Pixels from the edge of a level within which no corner is looked for.
inline constexpr int kEdgeDistance = 10;

/// A corner of one level; sample coordinates.
struct Corner {
    int x = 0;
    int y = 0;
    float strength = 0;  ///< Harris's measure, > 0
};

/// Finds corners in one level and puts those first that are strong and far from stronger ones.
///
/// Thread safety: one thread at a time. Memory: some 20 bytes a candidate.
class CornerFinder {
  public:
    /// At most `budget` corners, in an order in which every prefix is well spread over the picture.
    /// A mirrored level gives mirrored corners, exactly, but for the order of equal ones. The
    /// margin of `level` need not be filled.
    ///
    /// Cost: FAST over the level, at most twice. For each corner of the budget there are up to four
    /// candidates, each with Harris's measure, and the distances between all of them.
    void find(const Plane& level, int budget, std::vector<Corner>& out);

  private:
    void detect(const Plane& level, std::size_t enough);
    void rank(const Plane& level, std::size_t quota);
    void spread(std::size_t budget, std::vector<Corner>& out);

    FastDetector detector_;
    std::vector<FastCorner> found_;
    std::vector<std::vector<Corner>> cells_;  ///< what FAST found, by the part of the level
    std::vector<Corner> candidates_;
    std::vector<float> x_;
    std::vector<float> y_;
    std::vector<float> radius_;
    std::vector<std::uint32_t> order_;
};

/// The direction from a corner to the centroid of the samples around it, radians, [0, 2 pi).
/// Reads `kOrientationReach` samples on all sides. Mirroring turns a into pi - a.
[[nodiscard]] float orientation(const Plane& level, int x, int y);

}  // namespace refrain::local

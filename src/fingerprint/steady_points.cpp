#include "fingerprint/steady_points.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <vector>

namespace refrain::fingerprint {

namespace {

/// The sides of the smaller copy, in sides of the picture: between two levels of the pyramid, so
/// that every sample is another one.
constexpr double kSmaller = 0.85;
/// Enough that a steady point is not missed for want of room.
constexpr int kPoints = 1000;

// The same place: pixels, log2 of the size, bits.
constexpr float kMaxShift = 3;
constexpr float kMaxLogScale = 0.4F;
constexpr int kMaxDistance = 40;

}  // namespace

SteadyPoints::SteadyPoints(int max_side)
    : smaller_({static_cast<int>(std::lround(kSmaller * max_side)), kPoints}) {}

void SteadyPoints::put_first(const frame::LumaView& luma, local::Features& features) {
    smaller_.extract(luma, seen_);
    if (seen_.points.empty()) {
        return;
    }
    const float larger = static_cast<float>(features.width) / static_cast<float>(seen_.width);
    for (local::Point& point : seen_.points) {
        point.x *= larger;
        point.y *= larger;
        point.scale *= larger;
    }
    std::sort(seen_.points.begin(), seen_.points.end(),
              [](const local::Point& a, const local::Point& b) { return a.y < b.y; });
    const auto is_steady = [this](const local::Point& point) {
        const auto begin =
            std::upper_bound(seen_.points.begin(), seen_.points.end(), point.y - kMaxShift,
                             [](float y, const local::Point& other) { return y < other.y; });
        for (auto other = begin; other != seen_.points.end() && other->y < point.y + kMaxShift;
             ++other) {
            if (std::abs(other->x - point.x) < kMaxShift &&
                std::abs(std::log2(other->scale / point.scale)) < kMaxLogScale &&
                hamming_distance(point.code, other->code) <= kMaxDistance) {
                return true;
            }
        }
        return false;
    };
    // Each size keeps its places in the order: blurred copies need the coarse ones.
    std::map<float, std::vector<local::Point>> sizes;
    for (const local::Point& point : features.points) {
        sizes[point.scale].push_back(point);
    }
    std::map<float, std::size_t> taken;
    for (auto& [scale, points] : sizes) {
        std::stable_partition(points.begin(), points.end(), is_steady);
        taken[scale] = 0;
    }
    for (local::Point& point : features.points) {
        const float scale = point.scale;
        point = sizes[scale][taken[scale]++];
    }
}

}  // namespace refrain::fingerprint

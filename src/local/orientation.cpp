#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "local/corners.h"

namespace refrain::local {

namespace {

/// How far the disc of the orientation reaches to the sides, by its rows.
constexpr int kOrientationReach = 15;
constexpr std::array<int, kOrientationReach + 1> kDisc{15, 15, 15, 15, 14, 14, 14, 13,
                                                       13, 12, 11, 10, 9,  8,  6,  3};

}  // namespace

float orientation(const Plane& level, int x, int y) {
    int across = 0;
    int down = 0;
    for (int r = -kOrientationReach; r <= kOrientationReach; ++r) {
        const std::uint8_t* samples = level.row(y + r) + x;
        const int reach = kDisc[static_cast<std::size_t>(std::abs(r))];
        int sum = 0;
        for (int c = -reach; c <= reach; ++c) {
            sum += samples[c];
            across += c * samples[c];
        }
        down += r * sum;
    }
    constexpr float kTurn = 2 * std::numbers::pi_v<float>;
    const float angle = std::atan2(static_cast<float>(down), static_cast<float>(across));
    const float positive = angle < 0 ? angle + kTurn : angle;
    return positive < kTurn ? positive : 0;
}

}  // namespace refrain::local

#include "evidence/local/negative_frame.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "local/binary_code.h"
#include "local/corners.h"
#include "local/plane.h"

namespace refrain::evidence {

namespace {

// As the extractor's.
constexpr double kStep = 1.2;
constexpr int kMaxLevels = 12;
constexpr int kMinLevelSide = 2 * local::kEdgeDistance + 8;

/// Where a point of the frame lies in a level of the small picture.
struct Spot {
    std::size_t point = 0;
    int level = 0;
};

local::Plane plane_of(const LocalFrame& frame) {
    local::Plane plane;
    plane.resize(frame.luma_width, frame.luma_height);
    for (int y = 0; y < frame.luma_height; ++y) {
        const auto from = frame.luma.begin() + std::ptrdiff_t{y} * frame.luma_width;
        std::copy(from, from + frame.luma_width, plane.row(y));
    }
    plane.mirror_margin();
    return plane;
}

/// The points that are coarse enough, each with the level that shows it best.
std::vector<Spot> spots_of(const LocalFrame& frame, double shrink, double finest) {
    std::vector<Spot> spots;
    for (std::size_t i = 0; i < frame.points.size(); ++i) {
        const double scale =
            shrink * std::exp2(double{frame.points[i].scale} / LocalPoint::kScaleUnits);
        // A level shows what is up to half a step finer than itself.
        const auto level = static_cast<int>(std::lround(std::log(scale) / std::log(kStep)));
        if (level >= 0 && level < kMaxLevels && std::pow(kStep, level) * kStep > finest) {
            spots.push_back({i, level});
        }
    }
    return spots;
}

/// Describes the spots of one level.
void describe(const LocalFrame& frame,
              const local::Plane& level,
              std::span<const Spot> spots,
              std::vector<LocalPoint>& points) {
    local::BlurredLevel blurred;
    local::blur(level, 1, blurred[0]);
    local::blur(blurred[0], 2, blurred[1]);
    local::blur(blurred[1], 4, blurred[2]);
    const double across = static_cast<double>(level.width()) / frame.width;
    const double down = static_cast<double>(level.height()) / frame.height;
    constexpr int kEdge = local::kEdgeDistance;
    for (const Spot& spot : spots) {
        LocalPoint point = frame.points[spot.point];
        const auto x = static_cast<int>(point.x * across / LocalPoint::kPositionUnits);
        const auto y = static_cast<int>(point.y * down / LocalPoint::kPositionUnits);
        if (x < kEdge || y < kEdge || x >= level.width() - kEdge || y >= level.height() - kEdge) {
            continue;
        }
        point.angle = static_cast<std::uint8_t>(point.angle + LocalPoint::kAngleUnits / 2);
        const auto angle =
            static_cast<float>(2 * std::numbers::pi * point.angle / LocalPoint::kAngleUnits);
        point.code = complement(local::binary_code(blurred, x, y, angle));
        points.push_back(point);
    }
}

}  // namespace

LocalFrame negative_of(const LocalFrame& frame, double finest, std::size_t most) {
    LocalFrame out;
    out.time = frame.time;
    out.width = frame.width;
    out.height = frame.height;
    if (frame.luma.empty() || frame.width == 0) {
        return out;
    }
    std::vector<Spot> spots =
        spots_of(frame, static_cast<double>(frame.luma_width) / frame.width, finest);
    spots.resize(std::min(spots.size(), most));
    std::stable_sort(spots.begin(), spots.end(),
                     [](const Spot& a, const Spot& b) { return a.level < b.level; });
    local::Plane level = plane_of(frame);
    local::Plane next;
    auto from = spots.begin();
    for (int i = 0; i < kMaxLevels && from != spots.end(); ++i) {
        if (i > 0) {
            const double scale = std::pow(kStep, i);
            const auto width = static_cast<int>(std::lround(frame.luma_width / scale));
            const auto height = static_cast<int>(std::lround(frame.luma_height / scale));
            if (std::min(width, height) < kMinLevelSide) {
                break;
            }
            local::resample(level, width, height, next);
            std::swap(level, next);
        } else if (std::min(level.width(), level.height()) < kMinLevelSide) {
            break;
        }
        const auto until =
            std::find_if(from, spots.end(), [i](const Spot& spot) { return spot.level > i; });
        if (from != until) {
            describe(frame, level, {from, until}, out.points);
        }
        from = until;
    }
    return out;
}

}  // namespace refrain::evidence

#include "evidence/local/other_look.h"

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
// Levels without points are passed over, as far as `resample` is meant to go.
constexpr int kMostLevelsAtOnce = 3;
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
///
/// @param shrink  a pixel of the frame in the squeezed small picture
std::vector<Spot> spots_of(const LocalFrame& frame, double shrink, double finest) {
    std::vector<Spot> spots;
    for (std::size_t i = 0; i < frame.points.size(); ++i) {
        const double scale = shrink * std::exp2(static_cast<double>(frame.points[i].scale) /
                                                LocalPoint::kScaleUnits);
        // A level shows what is up to half a step finer than itself.
        const auto level = static_cast<int>(std::lround(std::log(scale) / std::log(kStep)));
        if (level >= 0 && level < kMaxLevels && std::pow(kStep, level) * kStep > finest) {
            spots.push_back({i, level});
        }
    }
    return spots;
}

/// A point of the frame at its place in the squeezed one.
LocalPoint squeezed(LocalPoint point, const OtherLook& look) {
    point.x = static_cast<std::uint16_t>(std::lround(point.x * look.across));
    point.y = static_cast<std::uint16_t>(std::lround(point.y * look.down));
    const double scale =
        point.scale + LocalPoint::kScaleUnits * 0.5 * std::log2(look.across * look.down);
    point.scale = static_cast<std::uint8_t>(std::lround(std::max(0.0, scale)));
    return point;
}

/// Gives a point the direction and the code that it has at a place of a level.
void describe_at(const local::Plane& level,
                 const local::BlurredLevel& blurred,
                 int x,
                 int y,
                 const OtherLook& look,
                 LocalPoint& point) {
    constexpr double kTurn = 2 * std::numbers::pi;
    if (look.across < 1 || look.down < 1) {
        const double turns = local::orientation(level, x, y) / kTurn;
        point.angle = static_cast<std::uint8_t>(std::lround(turns * LocalPoint::kAngleUnits) %
                                                LocalPoint::kAngleUnits);
    }
    if (look.is_negative) {
        point.angle = static_cast<std::uint8_t>(point.angle + LocalPoint::kAngleUnits / 2);
    }
    const auto angle = static_cast<float>(kTurn * point.angle / LocalPoint::kAngleUnits);
    const Hash256 code = local::binary_code(blurred, x, y, angle);
    point.code = look.is_negative ? complement(code) : code;
}

/// The spots of one level.
struct LevelSpots {
    const LocalFrame& frame;
    const OtherLook& look;
    std::span<const Spot> spots;
};

void describe(const LevelSpots& of, const local::Plane& level, LocalFrame& out) {
    local::BlurredLevel blurred;
    local::blur(level, 1, blurred[0]);
    local::blur(blurred[0], 2, blurred[1]);
    local::blur(blurred[1], 4, blurred[2]);
    const double across = static_cast<double>(level.width()) / out.width;
    const double down = static_cast<double>(level.height()) / out.height;
    constexpr int kEdge = local::kEdgeDistance;
    for (const Spot& spot : of.spots) {
        LocalPoint point = squeezed(of.frame.points[spot.point], of.look);
        const auto x = static_cast<int>(point.x * across / LocalPoint::kPositionUnits);
        const auto y = static_cast<int>(point.y * down / LocalPoint::kPositionUnits);
        if (x >= kEdge && y >= kEdge && x < level.width() - kEdge && y < level.height() - kEdge) {
            describe_at(level, blurred, x, y, of.look, point);
            out.points.push_back(point);
        }
    }
}

int scaled(int side, double factor) { return static_cast<int>(std::lround(side * factor)); }

}  // namespace

LocalFrame seen_as(const LocalFrame& frame,
                   const OtherLook& look,
                   double finest,
                   std::size_t most) {
    LocalFrame out;
    out.time = frame.time;
    out.width = static_cast<std::uint16_t>(std::max(1, scaled(frame.width, look.across)));
    out.height = static_cast<std::uint16_t>(std::max(1, scaled(frame.height, look.down)));
    if (frame.luma.empty() || frame.width == 0) {
        return out;
    }
    const double shrink =
        frame.luma_width * std::sqrt(look.across * look.down) / static_cast<double>(frame.width);
    std::vector<Spot> spots = spots_of(frame, shrink, finest);
    spots.resize(std::min(spots.size(), most));
    std::stable_sort(spots.begin(), spots.end(),
                     [](const Spot& a, const Spot& b) { return a.level < b.level; });
    local::Plane level = plane_of(frame);
    local::Plane next;
    auto from = spots.begin();
    int made = 0;
    for (int i = 0; i < kMaxLevels && from != spots.end(); ++i) {
        const auto until =
            std::find_if(from, spots.end(), [i](const Spot& spot) { return spot.level > i; });
        if (from == until && i > 0 && i - made < kMostLevelsAtOnce) {
            continue;
        }
        const double scale = std::pow(kStep, -i);
        const int width = scaled(frame.luma_width, look.across * scale);
        const int height = scaled(frame.luma_height, look.down * scale);
        if (std::min(width, height) < kMinLevelSide) {
            break;
        }
        if (width != level.width() || height != level.height()) {
            local::resample(level, width, height, next);
            std::swap(level, next);
        }
        made = i;
        if (from != until) {
            describe({frame, look, {from, until}}, level, out);
        }
        from = until;
    }
    return out;
}

}  // namespace refrain::evidence

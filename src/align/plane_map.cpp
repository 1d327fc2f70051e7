#include "align/plane_map.h"

#include <cmath>
#include <limits>

namespace refrain::align {
namespace {

constexpr double kFar = 1e9;

/// One side of a rectangle: inside where `normal` times the coordinate is at most `limit`.
struct Side {
    bool is_vertical = false;
    double normal = 1;
    double limit = 0;

    [[nodiscard]] double outside(PlanePoint point) const {
        return normal * (is_vertical ? point.x : point.y) - limit;
    }
};

std::vector<PlanePoint> cut(const std::vector<PlanePoint>& polygon, const Side& side) {
    std::vector<PlanePoint> kept;
    for (std::size_t i = 0; i < polygon.size(); ++i) {
        const PlanePoint here = polygon[i];
        const PlanePoint next = polygon[(i + 1) % polygon.size()];
        const double a = side.outside(here);
        const double b = side.outside(next);
        if (a <= 0) {
            kept.push_back(here);
        }
        if ((a < 0 && b > 0) || (a > 0 && b < 0)) {
            const double share = a / (a - b);
            kept.push_back(
                {here.x + share * (next.x - here.x), here.y + share * (next.y - here.y)});
        }
    }
    return kept;
}

}  // namespace

PlanePoint apply(const PlaneMap& map, PlanePoint point) {
    const double w = map[6] * point.x + map[7] * point.y + map[8];
    if (!(w > std::numeric_limits<double>::epsilon())) {
        return {kFar, kFar};
    }
    return {(map[0] * point.x + map[1] * point.y + map[2]) / w,
            (map[3] * point.x + map[4] * point.y + map[5]) / w};
}

PlaneMap similarity_at(double angle, double scale, PlanePoint from, PlanePoint to) {
    const double c = scale * std::cos(angle);
    const double s = scale * std::sin(angle);
    return {c, -s, to.x - c * from.x + s * from.y, s, c, to.y - s * from.x - c * from.y, 0, 0, 1};
}

PlaneMap fit_similarity(std::span<const PlacePair> pairs) {
    double total = 0;
    PlanePoint from;
    PlanePoint to;
    for (const PlacePair& pair : pairs) {
        total += pair.weight;
        from.x += pair.weight * pair.from.x;
        from.y += pair.weight * pair.from.y;
        to.x += pair.weight * pair.to.x;
        to.y += pair.weight * pair.to.y;
    }
    if (!(total > 0)) {
        return {};
    }
    from = {from.x / total, from.y / total};
    to = {to.x / total, to.y / total};
    double along = 0;
    double across = 0;
    double extent = 0;
    for (const PlacePair& pair : pairs) {
        const PlanePoint f{pair.from.x - from.x, pair.from.y - from.y};
        const PlanePoint t{pair.to.x - to.x, pair.to.y - to.y};
        along += pair.weight * (f.x * t.x + f.y * t.y);
        across += pair.weight * (f.x * t.y - f.y * t.x);
        extent += pair.weight * (f.x * f.x + f.y * f.y);
    }
    const double length = std::hypot(along, across);
    if (!(extent > 1e-6 * total) || !(length > 1e-9 * extent)) {
        return {};
    }
    return similarity_at(std::atan2(across, along), length / extent, from, to);
}

PlaneMap inverse(const PlaneMap& m) {
    PlaneMap out{m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
                 m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
                 m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]};
    const double determinant = m[0] * out[0] + m[1] * out[3] + m[2] * out[6];
    if (!std::isfinite(determinant) || std::abs(determinant) < 1e-12) {
        return {};
    }
    for (double& value : out) {
        value /= determinant;
    }
    return out;
}

LocalPose pose_at(const PlaneMap& map, PlanePoint point) {
    const double w = map[6] * point.x + map[7] * point.y + map[8];
    const PlanePoint image = apply(map, point);
    const double xx = (map[0] - image.x * map[6]) / w;
    const double xy = (map[1] - image.x * map[7]) / w;
    const double yx = (map[3] - image.y * map[6]) / w;
    const double yy = (map[4] - image.y * map[7]) / w;
    LocalPose pose;
    const double determinant = xx * yy - xy * yx;
    pose.is_mirror = !(determinant > 0);
    pose.scale = std::sqrt(std::abs(determinant));
    pose.angle = std::atan2(yx - xy, xx + yy);
    const double sum = std::hypot(xx + yy, yx - xy);
    const double difference = std::hypot(xx - yy, yx + xy);
    pose.shear = (sum + difference) / std::max(std::abs(sum - difference), 1e-12);
    return pose;
}

std::array<PlanePoint, 4> corners_of(PictureSize size) {
    const double width = size.width;
    const double height = size.height;
    return {PlanePoint{0, 0}, PlanePoint{width, 0}, PlanePoint{width, height},
            PlanePoint{0, height}};
}

std::vector<PlanePoint> clip(std::span<const PlanePoint> polygon, PictureSize size) {
    std::vector<PlanePoint> kept(polygon.begin(), polygon.end());
    for (const Side& side :
         {Side{true, -1, 0}, Side{true, 1, static_cast<double>(size.width)}, Side{false, -1, 0},
          Side{false, 1, static_cast<double>(size.height)}}) {
        kept = cut(kept, side);
    }
    return kept;
}

double signed_area(std::span<const PlanePoint> polygon) {
    double twice = 0;
    for (std::size_t i = 0; i < polygon.size(); ++i) {
        const PlanePoint a = polygon[i];
        const PlanePoint b = polygon[(i + 1) % polygon.size()];
        twice += a.x * b.y - b.x * a.y;
    }
    return twice / 2;
}

}  // namespace refrain::align

#include "align/plane_map.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace refrain::align {
namespace {

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

/// Moves a cloud of points to the origin and to unit size, for the sake of rounding.
struct Frame {
    PlanePoint middle;
    double size = 1;

    [[nodiscard]] PlanePoint inside(PlanePoint point) const {
        return {(point.x - middle.x) / size, (point.y - middle.y) / size};
    }
    [[nodiscard]] PlaneMap to_inside() const {
        return {1 / size, 0, -middle.x / size, 0, 1 / size, -middle.y / size, 0, 0, 1};
    }
    [[nodiscard]] PlaneMap to_outside() const {
        return {size, 0, middle.x, 0, size, middle.y, 0, 0, 1};
    }
};

Frame frame_of(std::span<const PlacePair> pairs, PlanePoint PlacePair::*side) {
    Frame frame;
    double squares = 0;
    const auto count = static_cast<double>(pairs.size());
    for (const PlacePair& pair : pairs) {
        frame.middle.x += (pair.*side).x / count;
        frame.middle.y += (pair.*side).y / count;
    }
    for (const PlacePair& pair : pairs) {
        const double dx = (pair.*side).x - frame.middle.x;
        const double dy = (pair.*side).y - frame.middle.y;
        squares += (dx * dx + dy * dy) / count;
    }
    frame.size = std::max(1e-3, std::sqrt(squares));
    return frame;
}

constexpr std::size_t kUnknowns = 8;
/// The equations of least squares, right side last.
using Equations = std::array<std::array<double, kUnknowns + 1>, kUnknowns>;

void add_equation(Equations& sums, const std::array<double, kUnknowns + 1>& row, double weight) {
    for (std::size_t i = 0; i < kUnknowns; ++i) {
        for (std::size_t j = 0; j <= kUnknowns; ++j) {
            sums.at(i).at(j) += weight * row.at(i) * row.at(j);
        }
    }
}

/// Solves the first `count` unknowns in place, results in the last column. @return success
bool solve(Equations& sums, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t pivot = i;
        for (std::size_t r = i + 1; r < count; ++r) {
            if (std::abs(sums.at(r).at(i)) > std::abs(sums.at(pivot).at(i))) {
                pivot = r;
            }
        }
        if (!(std::abs(sums.at(pivot).at(i)) > 1e-9)) {
            return false;
        }
        std::swap(sums.at(i), sums.at(pivot));
        for (std::size_t r = 0; r < count; ++r) {
            if (r == i) {
                continue;
            }
            const double factor = sums.at(r).at(i) / sums.at(i).at(i);
            for (std::size_t c = i; c <= kUnknowns; ++c) {
                sums.at(r).at(c) -= factor * sums.at(i).at(c);
            }
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        sums.at(i).at(kUnknowns) /= sums.at(i).at(i);
    }
    return true;
}

}  // namespace

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

PlaneMap fit_map(std::span<const PlacePair> pairs, MapKind kind, const PlaneMap& like) {
    if (kind == MapKind::kSimilarity) {
        return fit_similarity(pairs);
    }
    const Frame from = frame_of(pairs, &PlacePair::from);
    const Frame to = frame_of(pairs, &PlacePair::to);
    double total = 0;
    for (const PlacePair& pair : pairs) {
        total += pair.weight;
    }
    Equations sums{};
    const double middle_w = like[6] * from.middle.x + like[7] * from.middle.y + like[8];
    for (const PlacePair& pair : pairs) {
        const PlanePoint f = from.inside(pair.from);
        const PlanePoint t = to.inside(pair.to);
        const double w = (like[6] * pair.from.x + like[7] * pair.from.y + like[8]) / middle_w;
        const double weight = pair.weight / total / (w * w);
        const bool bends = kind == MapKind::kPerspective;
        add_equation(sums,
                     {f.x, f.y, 1, 0, 0, 0, bends ? -f.x * t.x : 0, bends ? -f.y * t.x : 0, t.x},
                     weight);
        add_equation(sums,
                     {0, 0, 0, f.x, f.y, 1, bends ? -f.x * t.y : 0, bends ? -f.y * t.y : 0, t.y},
                     weight);
    }
    const std::size_t unknowns = kind == MapKind::kPerspective ? kUnknowns : 6;
    if (pairs.size() < static_cast<std::size_t>(kind) || !solve(sums, unknowns)) {
        return {};
    }
    PlaneMap inside{0, 0, 0, 0, 0, 0, 0, 0, 1};
    for (std::size_t i = 0; i < unknowns; ++i) {
        inside.at(i) = sums.at(i).at(kUnknowns);
    }
    PlaneMap map = times(to.to_outside(), times(inside, from.to_inside()));
    const double last = map[8];
    if (!std::isfinite(last) || std::abs(last) < 1e-9) {
        return {};
    }
    for (double& value : map) {
        value /= last;
    }
    return map;
}

PlaneMap times(const PlaneMap& a, const PlaneMap& b) {
    PlaneMap out{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            out.at(3 * i + j) = a.at(3 * i) * b.at(j) + a.at(3 * i + 1) * b.at(3 + j) +
                                a.at(3 * i + 2) * b.at(6 + j);
        }
    }
    return out;
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
    pose.log_scale = 0.5 * std::log2(std::max(std::abs(determinant), 1e-300));
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

#include "align/placement_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "align/plane_map.h"

namespace refrain::align {
namespace {

/// Sizes of points, in the other picture's measure, at which it has points too.
constexpr double kFinest = 0.8;
constexpr double kCoarsest = 8;

/// What lies in the region common to both pictures, by cells of a grid over it in the known one.
struct Region {
    static constexpr int kSide = 6;
    std::size_t known = 0;  ///< points of it that the query could show
    std::size_t query = 0;  ///< points of it that the known picture could show
    std::array<bool, std::size_t{kSide} * kSide> has_points{};
    std::array<bool, std::size_t{kSide} * kSide> has_inliers{};

    [[nodiscard]] double spread() const {
        const auto points = std::count(has_points.begin(), has_points.end(), true);
        const auto inliers = std::count(has_inliers.begin(), has_inliers.end(), true);
        return points == 0 ? 0 : static_cast<double>(inliers) / static_cast<double>(points);
    }
};

bool is_inside(PlanePoint point, PictureSize size) {
    return point.x >= 0 && point.y >= 0 && point.x < size.width && point.y < size.height;
}

std::size_t cell_of(PlanePoint point, const PictureBox& box) {
    const auto along = [](double at, double begin, double end) {
        const double share = (at - begin) / std::max(end - begin, 1.0);
        return static_cast<std::size_t>(std::clamp(share, 0.0, 0.999) * Region::kSide);
    };
    return along(point.y, box.top, box.bottom) * Region::kSide +
           along(point.x, box.left, box.right);
}

PictureBox box_of(std::span<const PlanePoint> polygon) {
    if (polygon.empty()) {
        return {};
    }
    PictureBox box{polygon[0].x, polygon[0].y, polygon[0].x, polygon[0].y};
    for (const PlanePoint& point : polygon) {
        box.left = std::min(box.left, point.x);
        box.top = std::min(box.top, point.y);
        box.right = std::max(box.right, point.x);
        box.bottom = std::max(box.bottom, point.y);
    }
    return box;
}

bool is_seen(const PlaneMap& map, const PointPlace& place, PictureSize size) {
    const PlanePoint from{place.x, place.y};
    if (!is_inside(apply(map, from), size)) {
        return false;
    }
    const double scale = pose_at(map, from).scale * place.scale;
    return scale >= kFinest && scale <= kCoarsest;
}

Region survey(const PairScene& scene, const PlaneMap& map, const PictureBox& common) {
    Region region;
    for (const PointPlace& k : scene.known) {
        if (is_seen(map, k, scene.query_size)) {
            ++region.known;
            region.has_points.at(cell_of({k.x, k.y}, common)) = true;
        }
    }
    const PlaneMap back = inverse(map);
    for (const PointPlace& q : scene.query) {
        region.query += is_seen(back, q, scene.known_size) ? 1U : 0U;
    }
    return region;
}

double area_of(PictureSize size) { return static_cast<double>(size.width) * size.height; }

/// Fills what the outline says. @return the box of the common region in the known picture
PictureBox outline(const PairScene& scene, PicturePlacement& placement) {
    const std::array<PlanePoint, 4> corners = corners_of(scene.known_size);
    for (std::size_t i = 0; i < corners.size(); ++i) {
        placement.quad.at(i) = apply(placement.known_to_query, corners.at(i));
    }
    const std::vector<PlanePoint> shown = clip(placement.quad, scene.query_size);
    placement.box = box_of(shown);
    placement.overlap_query = std::clamp(signed_area(shown) / area_of(scene.query_size), 0.0, 1.0);
    const PlaneMap back = inverse(placement.known_to_query);
    std::vector<PlanePoint> common;
    for (const PlanePoint& corner : shown) {
        common.push_back(apply(back, corner));
    }
    placement.overlap_known = std::clamp(signed_area(common) / area_of(scene.known_size), 0.0, 1.0);
    return box_of(common);
}

}  // namespace

PicturePlacement describe_placement(const PairScene& scene,
                                    std::span<const PairRow> rows,
                                    const FoundMap& found) {
    PicturePlacement placement;
    const PlaneMap& map = found.support.map;
    placement.known_to_query = map;
    placement.is_perspective = found.support.kind == MapKind::kPerspective;
    placement.log10_chance = found.log10_chance;
    const PictureBox common = outline(scene, placement);
    const LocalPose pose =
        pose_at(map, {(common.left + common.right) / 2, (common.top + common.bottom) / 2});
    placement.scale = pose.scale;
    placement.rotation_deg = pose.angle * 180 / std::numbers::pi;
    Region region = survey(scene, map, common);
    for (const std::uint32_t i : found.support.rows) {
        placement.inliers.push_back(rows[i].pair);
        placement.weight += rows[i].weight;
        const std::size_t cell = cell_of({rows[i].known_x, rows[i].known_y}, common);
        region.has_points.at(cell) = true;
        region.has_inliers.at(cell) = true;
    }
    placement.spread = region.spread();
    const auto inliers = static_cast<double>(placement.inliers.size());
    const auto share = [inliers](std::size_t points) {
        return std::min(1.0, inliers / std::max(1.0, static_cast<double>(points)));
    };
    placement.expected_share = share(std::min(region.known, region.query));
    placement.query_share = share(region.query);
    return placement;
}

}  // namespace refrain::align

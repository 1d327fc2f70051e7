#include "align/placement_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "align/plane_map.h"

namespace refrain::align {
namespace {

/// What lies in the region common to both pictures, by cells of a grid over it in the known one.
struct Region {
    static constexpr int kSide = 6;
    static constexpr std::size_t kBands = 3;
    using Bands = std::array<double, kBands>;
    using Cells = std::array<double, std::size_t{kSide} * kSide>;
    Cells known{};  ///< points of it that the query could show
    Cells query{};  ///< points of it that the known picture could show
    Cells inliers{};
    Bands known_bands{};
    Bands query_bands{};
    Bands inlier_bands{};
    const PlacementRules& rules;

    explicit Region(const PlacementRules& wanted) : rules(wanted) {}

    /// Counts a point of some size in the query: band i holds those of 2^i and more.
    void count(Bands& bands, double scale) const {
        for (std::size_t i = 0; i < kBands; ++i) {
            bands.at(i) += scale >= std::exp2(static_cast<double>(i)) * rules.finest ? 1 : 0;
        }
    }
    [[nodiscard]] double expected_share() const {
        double best = 0;
        for (std::size_t i = 0; i < kBands; ++i) {
            const double expected = std::min(known_bands.at(i), query_bands.at(i));
            if (i == 0 || expected >= rules.min_in_band) {
                best = std::max(best, inlier_bands.at(i) / std::max(1.0, expected));
            }
        }
        return std::min(1.0, best);
    }
    [[nodiscard]] static double sum(const Cells& cells) {
        double total = 0;
        for (const double count : cells) {
            total += count;
        }
        return total;
    }
    /// Cells with inliers, to those that as many would be in if they were drawn from all points.
    /// Over both pictures' points: each may have few where the other has many.
    [[nodiscard]] double spread() const {
        return std::sqrt(spread_over(known) * spread_over(query));
    }
    /// Of the query's points those in cells where the known picture has none.
    [[nodiscard]] double blank_share() const {
        double blank = 0;
        for (std::size_t i = 0; i < known.size(); ++i) {
            blank += known.at(i) > 0 ? 0 : query.at(i);
        }
        return blank / std::max(1.0, sum(query));
    }
    /// Of the points that both should show those in cells where hardly any agree.
    [[nodiscard]] double torn_share() const {
        Cells both{};
        for (std::size_t i = 0; i < both.size(); ++i) {
            both.at(i) = std::min(known.at(i), query.at(i));
        }
        const double expected = std::max(1.0, sum(both));
        const double usual = sum(inliers) / expected;
        double torn = 0;
        for (std::size_t i = 0; i < both.size(); ++i) {
            const bool is_torn = both.at(i) >= rules.min_in_cell &&
                                 inliers.at(i) < rules.hardly_any * usual * both.at(i);
            torn += is_torn ? both.at(i) : 0;
        }
        return torn / expected;
    }
    [[nodiscard]] double spread_over(const Cells& weights) const {
        const double total = std::max(1.0, sum(weights));
        const double drawn = sum(inliers);
        double expected = 0;
        double occupied = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            expected += 1 - std::pow(1 - std::min(1.0, weights.at(i) / total), drawn);
            occupied += inliers.at(i) > 0 ? 1 : 0;
        }
        return expected > 0 ? std::min(1.0, occupied / expected) : 0;
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

bool is_seen(const PlaneMap& map,
             const PoseField& poses,
             const PointPlace& place,
             PictureSize size,
             const PlacementRules& rules) {
    const PlanePoint from{place.x, place.y};
    if (!is_inside(apply(map, from), size)) {
        return false;
    }
    const double scale = poses.at(from).scale * place.scale;
    return scale >= rules.finest && scale <= rules.coarsest;
}

Region survey(const PairScene& scene, const PlaneMap& map, const PictureBox& common) {
    Region region(scene.rules);
    const PoseField poses(map);
    for (const PointPlace& k : scene.known) {
        if (is_seen(map, poses, k, scene.query_size, scene.rules)) {
            region.known.at(cell_of({k.x, k.y}, common)) += 1;
            region.count(region.known_bands, poses.at({k.x, k.y}).scale * k.scale);
        }
    }
    const PlaneMap back = inverse(map);
    const PoseField back_poses(back);
    for (const PointPlace& q : scene.query) {
        if (is_seen(back, back_poses, q, scene.known_size, scene.rules)) {
            region.query.at(cell_of(apply(back, {q.x, q.y}), common)) += 1;
            region.count(region.query_bands, q.scale);
        }
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
    common.reserve(shown.size());
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
    placement.kind = found.support.kind;
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
        const PlanePoint at{rows[i].known_x, rows[i].known_y};
        region.inliers.at(cell_of(at, common)) += 1;
        region.count(region.inlier_bands,
                     pose_at(map, at).scale * scene.known[rows[i].known].scale);
    }
    placement.spread = region.spread();
    placement.expected_share = region.expected_share();
    placement.blank_share = region.blank_share();
    placement.torn_share = region.torn_share();
    return placement;
}

}  // namespace refrain::align

#include "align/placement_search.h"

#include <algorithm>
#include <cmath>

#include "align/pose_votes.h"

namespace refrain::align {
namespace {

// Cells with fewer pairs than this part of what was found will not be better. It only saves work:
// no random scene of tests/unit/align/place_scene.h is placed otherwise with half or twice of it.
constexpr std::size_t kHopeless = 4;

/// A map that is being fitted, exact near `anchor`.
struct Draft {
    PlaneMap map{};
    PlanePoint anchor;  ///< in the query
    MapKind kind = MapKind::kSimilarity;
};

bool is_map(const PlaneMap& map) { return map[8] != 0; }

/// One round: the pairs within reach of a draft, the better the closer. Robust least squares.
PlaneMap refit(std::span<const PairRow> rows,
               std::span<const std::uint32_t> members,
               const Draft& draft,
               double drift,
               const PlacementRules& rules) {
    std::vector<PlacePair> near;
    const PoseField poses(draft.map);
    for (const std::uint32_t i : members) {
        const PairRow& row = rows[i];
        const double dx = row.query_x - draft.anchor.x;
        const double dy = row.query_y - draft.anchor.y;
        const double bound = row.tolerance + drift * std::sqrt(dx * dx + dy * dy);
        const double off = squared_miss(row, draft.map) / (bound * bound);
        if (off >= 1) {
            continue;
        }
        if (agrees_in_pose(row, poses.at({row.known_x, row.known_y}), rules)) {
            near.push_back({{row.known_x, row.known_y},
                            {row.query_x, row.query_y},
                            row.weight * (1 - off) * (1 - off) / (bound * bound)});
        }
    }
    if (near.size() < static_cast<std::size_t>(draft.kind)) {
        return {};
    }
    return fit_map(near, draft.kind, draft.map);
}

/// The rows that a draft has any hope for in the rounds that follow.
std::vector<std::uint32_t> shortlist(std::span<const PairRow> rows,
                                     std::span<const std::uint32_t> members,
                                     const Draft& draft,
                                     const PlacementRules& rules) {
    std::vector<std::uint32_t> kept;
    const PoseField poses(draft.map);
    for (const std::uint32_t i : members) {
        const PairRow& row = rows[i];
        const double dx = row.query_x - draft.anchor.x;
        const double dy = row.query_y - draft.anchor.y;
        // Squares of both terms of the reach: no root, and at most 1.4 times too short.
        const double reach = double{row.tolerance} * row.tolerance +
                             rules.shortlist_drift * rules.shortlist_drift * (dx * dx + dy * dy);
        if (squared_miss(row, draft.map) < 2 * reach &&
            agrees_in_pose(row, poses.at({row.known_x, row.known_y}), rules)) {
            kept.push_back(i);
        }
    }
    return kept;
}

/// How well the members agree with what one of them says of the place.
double agreement(std::span<const PairRow> rows,
                 const PoseCell& cell,
                 const Draft& draft,
                 const PlacementRules& rules) {
    const LocalPose pose = pose_at(draft.map, {0, 0});
    double sum = 0;
    for (const std::uint32_t i : cell) {
        const PairRow& row = rows[i];
        const double bound =
            row.tolerance + rules.seed_drift * std::hypot(row.query_x - draft.anchor.x,
                                                          row.query_y - draft.anchor.y);
        const double off = squared_miss(row, draft.map) / (bound * bound);
        if (off < 1 && agrees_in_pose(row, pose, rules)) {
            sum += row.weight * (1 - off);
        }
    }
    return sum;
}

Draft seed_of(std::span<const PairRow> rows, const PoseCell& cell, const PlacementRules& rules) {
    Draft best;
    double most = -1;
    for (std::size_t i = 0; i < cell.size() && i < rules.seeds; ++i) {
        const PairRow& row = rows[cell[i]];
        Draft draft;
        draft.anchor = {row.query_x, row.query_y};
        draft.map = similarity_at(row.turn, std::exp2(double{row.log_scale}),
                                  {row.known_x, row.known_y}, draft.anchor);
        const double sum = agreement(rows, cell, draft, rules);
        if (sum > most) {
            most = sum;
            best = draft;
        }
    }
    return best;
}

/// Follows a draft through rounds of ever smaller drift. @return false if it got lost
bool follow(std::span<const PairRow> rows,
            std::span<const std::uint32_t> members,
            std::span<const double> drifts,
            const PlacementRules& rules,
            Draft& draft) {
    for (const double drift : drifts) {
        const PlaneMap better = refit(rows, members, draft, drift, rules);
        if (!is_map(better)) {
            return false;
        }
        draft.map = better;
    }
    return true;
}

PlanePoint centroid(std::span<const PairRow> rows, std::span<const std::uint32_t> chosen) {
    PlanePoint middle;
    const auto count = static_cast<double>(chosen.size());
    for (const std::uint32_t i : chosen) {
        middle.x += rows[i].query_x / count;
        middle.y += rows[i].query_y / count;
    }
    return middle;
}

/// Whether places lie along a line, or on one point, so that they fix no map.
bool is_collinear(std::span<const PairRow> rows,
                  std::span<const std::uint32_t> chosen,
                  const PlacementRules& rules) {
    const PlanePoint middle = centroid(rows, chosen);
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (const std::uint32_t i : chosen) {
        const double dx = rows[i].query_x - middle.x;
        const double dy = rows[i].query_y - middle.y;
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    const double count = static_cast<double>(chosen.size());
    const double sum = (xx + yy) / count;
    const double least =
        sum / 2 - std::sqrt(std::max(0.0, sum * sum / 4 - (xx * yy - xy * xy) / (count * count)));
    return least < rules.least_variance || least < rules.least_variance_share * sum;
}

class Search {
  public:
    Search(std::span<const PairRow> rows, const PairScene& scene, const PlaceOptions& options)
        : rows_(rows),
          scene_(scene),
          options_(options),
          rules_(scene.rules),
          fewest_(static_cast<std::size_t>(std::max(3, options.min_inliers))) {}

    FoundMap run(const std::vector<bool>& is_free) {
        std::vector<PairRow> free_rows;
        for (std::uint32_t i = 0; i < rows_.size(); ++i) {
            if (is_free[i]) {
                free_.push_back(i);
                free_rows.push_back(rows_[i]);
            }
        }
        const auto limit = static_cast<std::size_t>(std::max(0, options_.max_hypotheses));
        for (PoseCell& cell : pose_cells(free_rows, limit, rules_)) {
            for (std::uint32_t& i : cell) {
                i = free_[i];
            }
            if (cell.size() * kHopeless < best_.support.rows.size()) {
                break;
            }
            if (!is_explained(cell)) {
                try_cell(cell);
            }
        }
        if (!best_.support.rows.empty()) {
            loosen(MapKind::kAffine, rules_.min_for_affine);
            loosen(MapKind::kPerspective, rules_.min_for_perspective);
        }
        return std::move(best_);
    }

  private:
    /// Whether the best map so far has most of a cell.
    [[nodiscard]] bool is_explained(const PoseCell& cell) const {
        const std::vector<std::uint32_t>& rows = best_.support.rows;
        const auto had = std::count_if(cell.begin(), cell.end(), [&rows](std::uint32_t i) {
            return std::binary_search(rows.begin(), rows.end(), i);
        });
        return static_cast<double>(had) > rules_.explained_share * static_cast<double>(cell.size());
    }

    void try_cell(const PoseCell& cell) {
        Draft draft = seed_of(rows_, cell, rules_);
        const std::array<double, 2> wide = {rules_.seed_drift,
                                            rules_.seed_drift / rules_.seed_narrowing};
        const std::array<double, 3> narrow = {rules_.fit_drift,
                                              rules_.fit_drift / rules_.fit_narrowing, 0};
        if (!follow(rows_, cell, wide, rules_, draft)) {
            return;
        }
        const std::vector<std::uint32_t> near = shortlist(rows_, free_, draft, rules_);
        if (near.size() >= fewest_ && follow(rows_, near, narrow, rules_, draft)) {
            consider(draft, near);
        }
    }

    void loosen(MapKind kind, std::size_t fewest) {
        if (best_.support.rows.size() < fewest) {
            return;
        }
        Draft draft{best_.support.map, centroid(rows_, best_.support.rows), kind};
        const std::vector<std::uint32_t> near = shortlist(rows_, free_, draft, rules_);
        if (follow(rows_, near, rules_.loosening_drifts, rules_, draft)) {
            consider(draft, near);
        }
    }

    void consider(const Draft& draft, std::span<const std::uint32_t> among) {
        if (!is_plausible(draft.map, scene_.known_size, options_.max_scale, rules_)) {
            return;
        }
        MapSupport support{draft.map, draft.kind, rows_on(rows_, among, draft.map, rules_)};
        if (support.rows.size() < fewest_ || is_collinear(rows_, support.rows, rules_)) {
            return;
        }
        if (static_cast<double>(support.rows.size()) <
            rules_.enough_inliers * static_cast<double>(best_.support.rows.size())) {
            return;
        }
        const double chance = log10_chance(rows_, support, scene_.query_size, rules_);
        if (best_.support.rows.empty() || chance < best_.log10_chance) {
            best_ = {std::move(support), chance};
        }
    }

    std::span<const PairRow> rows_;
    const PairScene& scene_;
    const PlaceOptions& options_;
    const PlacementRules& rules_;
    std::size_t fewest_;
    std::vector<std::uint32_t> free_;
    FoundMap best_;
};

}  // namespace

bool is_plausible(const PlaneMap& map,
                  PictureSize known_size,
                  double max_scale,
                  const PlacementRules& rules) {
    const PlanePoint middle{known_size.width / 2.0, known_size.height / 2.0};
    const double depth = map[6] * middle.x + map[7] * middle.y + map[8];
    if (!(depth > 0)) {
        return false;
    }
    for (const PlanePoint& corner : corners_of(known_size)) {
        const double ratio = (map[6] * corner.x + map[7] * corner.y + map[8]) / depth;
        if (!(ratio < rules.max_depth_ratio && ratio > 1 / rules.max_depth_ratio)) {
            return false;
        }
    }
    const LocalPose pose = pose_at(map, middle);
    return !pose.is_mirror && pose.shear <= rules.max_shear && pose.scale <= max_scale &&
           pose.scale * max_scale >= 1;
}

FoundMap find_map(std::span<const PairRow> rows,
                  const std::vector<bool>& is_free,
                  const PairScene& scene,
                  const PlaceOptions& options) {
    return Search(rows, scene, options).run(is_free);
}

}  // namespace refrain::align

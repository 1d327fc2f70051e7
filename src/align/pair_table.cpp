#include "align/pair_table.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace refrain::align {
namespace {

bool is_place(const PointPlace& place) {
    return std::isfinite(place.x) && std::isfinite(place.y) && std::isfinite(place.angle) &&
           place.scale >= 1 && std::isfinite(place.scale);
}

bool is_usable(const PairScene& scene, const PointPair& pair) {
    return pair.known < scene.known.size() && pair.query < scene.query.size() && pair.weight > 0 &&
           std::isfinite(pair.weight) && is_place(scene.known[pair.known]) &&
           is_place(scene.query[pair.query]);
}

std::vector<std::uint32_t> usable_pairs(const PairScene& scene, std::size_t max_pairs) {
    std::vector<std::uint32_t> usable;
    for (std::uint32_t i = 0; i < scene.pairs.size(); ++i) {
        if (is_usable(scene, scene.pairs[i])) {
            usable.push_back(i);
        }
    }
    if (usable.size() > max_pairs) {
        const auto heavier = [&scene](std::uint32_t a, std::uint32_t b) {
            const float wa = scene.pairs[a].weight;
            const float wb = scene.pairs[b].weight;
            return wa != wb ? wa > wb : a < b;
        };
        std::nth_element(usable.begin(), usable.begin() + static_cast<std::ptrdiff_t>(max_pairs),
                         usable.end(), heavier);
        usable.resize(max_pairs);
        std::sort(usable.begin(), usable.end());
    }
    return usable;
}

/// A row that agrees with a map.
struct Agreement {
    double miss = 0;  ///< in tolerances, less the weight: the lower the better
    std::uint32_t row = 0;
};

}  // namespace

std::vector<PairRow> make_pair_table(const PairScene& scene, std::size_t max_pairs) {
    const PlacementRules& rules = scene.rules;
    std::vector<PairRow> rows;
    for (const std::uint32_t i : usable_pairs(scene, max_pairs)) {
        const PointPair& pair = scene.pairs[i];
        const PointPlace& k = scene.known[pair.known];
        const PointPlace& q = scene.query[pair.query];
        PairRow row;
        row.known_x = k.x;
        row.known_y = k.y;
        row.query_x = q.x;
        row.query_y = q.y;
        row.tolerance = static_cast<float>(
            rules.place_tolerance +
            rules.place_tolerance_per_scale * std::min(double{q.scale}, rules.max_tolerance_scale));
        row.turn = static_cast<float>(turned(double{q.angle} - k.angle));
        row.log_scale = static_cast<float>(std::log2(double{q.scale} / k.scale));
        row.weight = pair.weight;
        row.known = pair.known;
        row.query = pair.query;
        row.pair = i;
        row.distance = pair.distance;
        rows.push_back(row);
    }
    return rows;
}

double turned(double angle) { return std::remainder(angle, 2 * std::numbers::pi); }

bool agrees_in_pose(const PairRow& row, const LocalPose& pose, const PlacementRules& rules) {
    double turn = std::abs(row.turn - pose.angle);
    turn = turn > std::numbers::pi ? std::abs(2 * std::numbers::pi - turn) : turn;
    return turn <= rules.turn_tolerance &&
           std::abs(row.log_scale - pose.log_scale) <= rules.log_scale_tolerance;
}

std::vector<std::uint32_t> rows_on(std::span<const PairRow> rows,
                                   std::span<const std::uint32_t> among,
                                   const PlaneMap& map,
                                   const PlacementRules& rules) {
    std::vector<Agreement> found;
    const PoseField poses(map);
    std::uint32_t most_known = 0;
    std::uint32_t most_query = 0;
    for (const std::uint32_t i : among) {
        const PairRow& row = rows[i];
        const double miss = squared_miss(row, map);
        if (miss > double{row.tolerance} * row.tolerance ||
            !agrees_in_pose(row, poses.at({row.known_x, row.known_y}), rules)) {
            continue;
        }
        found.push_back({std::sqrt(miss) / row.tolerance - row.weight, i});
        most_known = std::max(most_known, row.known);
        most_query = std::max(most_query, row.query);
    }
    std::sort(found.begin(), found.end(), [](const Agreement& a, const Agreement& b) {
        return a.miss != b.miss ? a.miss < b.miss : a.row < b.row;
    });
    std::vector<bool> known_taken(std::size_t{most_known} + 1);
    std::vector<bool> query_taken(std::size_t{most_query} + 1);
    std::vector<std::uint32_t> kept;
    for (const Agreement& one : found) {
        const PairRow& row = rows[one.row];
        if (!known_taken[row.known] && !query_taken[row.query]) {
            known_taken[row.known] = true;
            query_taken[row.query] = true;
            kept.push_back(one.row);
        }
    }
    std::sort(kept.begin(), kept.end());
    return kept;
}

}  // namespace refrain::align

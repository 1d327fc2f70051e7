#include "align/picture_match.h"

#include <algorithm>
#include <cmath>

#include "align/pair_table.h"
#include "align/placement_search.h"
#include "align/placement_view.h"

namespace refrain::align {
namespace {

/// The share of points from which on nothing speaks against a copy.
double full_share_of(const PicturePlacement& placement, const PlacementRules& rules) {
    double share =
        placement.kind == MapKind::kPerspective ? rules.full_perspective_share : rules.full_share;
    share += rules.full_share_per_huddle * std::max(0.0, rules.spread - placement.spread);
    share += rules.full_share_per_blank * std::max(0.0, placement.blank_share - rules.blank);
    if (placement.kind == MapKind::kAffine || placement.is_stretched) {
        return share + rules.full_share_per_tear_affine *
                           std::max(0.0, placement.torn_share - rules.torn_affine);
    }
    return share + rules.full_share_per_tear * std::max(0.0, placement.torn_share - rules.torn);
}

/// The freer the map, the less a lower share is worth.
double exponent_of(const PicturePlacement& placement, const PlacementRules& rules) {
    if (placement.kind == MapKind::kPerspective) {
        return rules.perspective_power;
    }
    return placement.kind == MapKind::kAffine || placement.is_stretched ? rules.affine_power
                                                                        : rules.similarity_power;
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): two pictures, each points and a size
std::vector<PicturePlacement> place_pictures(std::span<const PointPair> pairs,
                                             std::span<const PointPlace> known,
                                             std::span<const PointPlace> query,
                                             PictureSize known_size,
                                             PictureSize query_size,
                                             const PlaceOptions& options,
                                             const PlacementRules& rules) {
    std::vector<PicturePlacement> placements;
    if (known_size.width <= 0 || known_size.height <= 0 || query_size.width <= 0 ||
        query_size.height <= 0) {
        return placements;
    }
    const PairScene scene{pairs, known, query, known_size, query_size, rules};
    const std::vector<PairRow> rows = make_pair_table(scene, options.max_pairs);
    std::vector<bool> is_free(rows.size(), true);
    for (int i = 0; i < options.max_placements; ++i) {
        const FoundMap found = find_map(rows, is_free, scene, options);
        if (found.support.rows.empty() || found.log10_chance > options.max_log10_chance) {
            break;
        }
        placements.push_back(describe_placement(scene, rows, found));
        for (const std::uint32_t row : found.support.rows) {
            is_free[row] = false;
        }
    }
    std::stable_sort(placements.begin(), placements.end(),
                     [](const PicturePlacement& a, const PicturePlacement& b) {
                         return a.log10_chance < b.log10_chance;
                     });
    return placements;
}

double placement_score(const PicturePlacement& placement, const PlacementRules& rules) {
    const auto part = [](double value, double none, double full) {
        return std::clamp((value - none) / (full - none), 0.0, 1.0);
    };
    const double agreeing = part(placement.expected_share, 0, full_share_of(placement, rules));
    const double agreement = std::pow(agreeing, exponent_of(placement, rules));
    const double shown = part(placement.overlap_known, rules.no_part, rules.full_part);
    const double common =
        part(std::max(placement.overlap_known, placement.overlap_query), 0, rules.full_overlap);
    return std::max(0.0, -placement.log10_chance) *
           part(placement.spread, rules.huddled, rules.spread) * agreement * common * common *
           shown;
}

}  // namespace refrain::align

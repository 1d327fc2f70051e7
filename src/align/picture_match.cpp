#include "align/picture_match.h"

#include <algorithm>
#include <cmath>

#include "align/pair_table.h"
#include "align/placement_search.h"
#include "align/placement_view.h"

namespace refrain::align {
namespace {

// Chosen on right and wrong pairs of pictures, docs/decisions/0052-geometry.md.

/// Inliers as huddled as this are what a logo or a caption gives; as spread as that, a copy.
constexpr double kHuddled = 0.3;
constexpr double kSpread = 0.75;
/// Share of the points that should be seen from which on nothing speaks against a copy; it rises
/// by the second for each unit by which the spread falls short.
constexpr double kFullShare = 0.3;
constexpr double kFullSharePerHuddle = 2;
// The same where the query has most of its points on what is blank in the known picture: graphics
// over a flat or black frame, shown over another scene.
constexpr double kBlank = 0.45;
constexpr double kFullSharePerBlank = 1.5;
// A perspective map bends to what it is given: photos of one place from two sides, and slides of
// one layout, fit one with few of their points.
constexpr double kFullPerspectiveShare = 0.7;
// An affine one bends a little less, and meets a heading and stray letters of the lines below.
constexpr double kTornAffine = 0.2;
constexpr double kFullSharePerTearAffine = 1.5;
// What is pasted over a copy tears it too, up to half; slides with a heading in common are torn
// more.
constexpr double kTorn = 0.45;
constexpr double kFullSharePerTear = 3.5;
// What shows less than a quarter of the known picture is no copy of it: it may be the same picture
// that was made part of both.
constexpr double kNoPart = 0.236;
constexpr double kFullPart = 0.246;
/// Common share of either picture from which on nothing speaks against a copy.
constexpr double kFullOverlap = 0.4;

/// The share of points from which on nothing speaks against a copy.
double full_share_of(const PicturePlacement& placement) {
    double share = placement.is_perspective ? kFullPerspectiveShare : kFullShare;
    share += kFullSharePerHuddle * std::max(0.0, kSpread - placement.spread);
    share += kFullSharePerBlank * std::max(0.0, placement.blank_share - kBlank);
    if (placement.is_affine) {
        return share + kFullSharePerTearAffine * std::max(0.0, placement.torn_share - kTornAffine);
    }
    return share + kFullSharePerTear * std::max(0.0, placement.torn_share - kTorn);
}

/// The freer the map, the less a lower share is worth.
int exponent_of(const PicturePlacement& placement) {
    if (placement.is_perspective) {
        return 4;
    }
    return placement.is_affine ? 3 : 2;
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): two pictures, each points and a size
std::vector<PicturePlacement> place_pictures(std::span<const PointPair> pairs,
                                             std::span<const PointPlace> known,
                                             std::span<const PointPlace> query,
                                             PictureSize known_size,
                                             PictureSize query_size,
                                             const PlaceOptions& options) {
    std::vector<PicturePlacement> placements;
    if (known_size.width <= 0 || known_size.height <= 0 || query_size.width <= 0 ||
        query_size.height <= 0) {
        return placements;
    }
    const PairScene scene{pairs, known, query, known_size, query_size};
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

double placement_score(const PicturePlacement& placement) {
    const auto part = [](double value, double none, double full) {
        return std::clamp((value - none) / (full - none), 0.0, 1.0);
    };
    const double agreeing = part(placement.expected_share, 0, full_share_of(placement));
    const double agreement = std::pow(agreeing, exponent_of(placement));
    const double shown = part(placement.overlap_known, kNoPart, kFullPart);
    const double common =
        part(std::max(placement.overlap_known, placement.overlap_query), 0, kFullOverlap);
    return std::max(0.0, -placement.log10_chance) * part(placement.spread, kHuddled, kSpread) *
           agreement * common * common * shown;
}

}  // namespace refrain::align

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "align/placement_rules.h"

/// Where one picture lies inside another, from pairs of points that look alike.
namespace refrain::align {

/// Where a point lies; of a mirrored picture the caller passes the mirrored places.
struct PointPlace {
    float x = 0;      ///< pixels of its working picture
    float y = 0;      ///< pixels, from the top
    float scale = 1;  ///< size as a multiple of the finest, >= 1
    float angle = 0;  ///< radians, clockwise
};

/// A point of the query that looks like one of the known picture.
struct PointPair {
    std::uint32_t query = 0;  ///< index into the query's points
    std::uint32_t known = 0;  ///< index into the known picture's points
    float weight = 0;         ///< how telling the pair is by itself, 0..1 or a little more
    std::uint16_t distance = 0;
};

struct PictureSize {
    int width = 0;
    int height = 0;
};

struct PlaceOptions {
    int max_placements = 4;        ///< of one known picture in the query
    double max_scale = 16;         ///< size in the query to size known, or its inverse, >= 1
    int min_inliers = 4;           ///< >= 3; placements with fewer are left out
    std::size_t max_pairs = 2000;  ///< the best are used
    int max_hypotheses = 32;       ///< verified for each placement, in the order of their support
    double max_log10_chance = -1;  ///< placements that are likelier by chance are left out
};

/// Pixels of the query's working picture.
struct PictureBox {
    double left = 0;
    double top = 0;
    double right = 0;
    double bottom = 0;
};

struct PlanePoint {
    double x = 0;
    double y = 0;
};

/// How freely a map of one picture to another may be fitted. The value is the least number of pairs
/// of points that fixes such a map.
enum class MapKind {
    kSimilarity = 2,   ///< turned, scaled and moved
    kAffine = 3,       ///< also sheared, or stretched along one direction
    kPerspective = 4,  ///< also seen at an angle
};

/// One place at which the known picture lies in the query.
struct PicturePlacement {
    /// Row-major homography that takes pixels of the known working picture to those of the query.
    std::array<double, 9> known_to_query{1, 0, 0, 0, 1, 0, 0, 0, 1};
    double scale = 1;         ///< size in the query to size known, at the centre of what is common
    double rotation_deg = 0;  ///< clockwise, (-180, 180], there
    MapKind kind = MapKind::kSimilarity;  ///< of `known_to_query`
    bool is_stretched = false;  ///< found in a query that was stretched first: judged as kAffine is
    PictureBox box;             ///< of the known picture's outline, clipped to the query
    std::array<PlanePoint, 4> quad;  ///< its corners in the query, from the top left, clockwise
    /// Indices into the pairs, ascending; no point of either side twice.
    std::vector<std::uint32_t> inliers;
    double weight = 0;         ///< sum of the weights of `inliers`
    double overlap_known = 0;  ///< share of the known picture that is common to both, 0..1
    double overlap_query = 0;  ///< share of the query that is common to both, 0..1
    /// How evenly the inliers lie among the known points that the query could show: cells of a
    /// 6 x 6 grid over the common region with inliers, to those that as many would be in if they
    /// were drawn from those points; 0..1.
    double spread = 0;
    /// Share of the points inside the common region which are inliers, 0..1: of the known ones
    /// that are not too fine or too coarse for the query's scale, or of the query's if fewer. Of
    /// all of them or of those twice or four times as coarse, whichever is more: a blurred copy
    /// has lost the finer ones.
    double expected_share = 0;
    /// Share of the query's points inside the common region that lie in cells in which the known
    /// picture has no points at all, 0..1: much where both share but graphics on a flat ground.
    double blank_share = 0;
    /// Share of the points that both pictures should show in the common region which lie in cells
    /// where hardly any are inliers although elsewhere they are, 0..1: much where two pictures
    /// have a heading in common and nothing else, or one was pasted over.
    double torn_share = 0;
    /// log10 of the expected number of placements at least as good between unrelated pictures, as
    /// if points and pairs of such were independent; not above 0.
    double log10_chance = 0;
};

/// Finds the placements of a known picture in a query: similarities, or, where the inliers bear it
/// out, perspective ones. Those with the least chance first; their inliers have no pair in common.
///
/// Pairs with an index out of range, a place that is not finite or a weight that is not above 0 are
/// ignored. The answer depends on the order of `pairs` only between equals.
///
/// Cost: O(pairs) for each of at most `max_hypotheses`, plus O(points) for each placement. Memory:
/// O(pairs + points). Thread safety: pure function.
/// Source: docs/decisions/0052-geometry.md.
[[nodiscard]] std::vector<PicturePlacement> place_pictures(
    std::span<const PointPair> pairs,
    std::span<const PointPlace> known,
    std::span<const PointPlace> query,
    PictureSize known_size,
    PictureSize query_size,
    const PlaceOptions& options,
    const PlacementRules& rules = kPlacementRules);

/// The evidence of a placement, as -log10 of a chance: `log10_chance`, reduced where the inliers
/// are huddled together, where few of the points that should agree do, and where little of both
/// pictures is common: shared logos, captions and templates are no copies. Nothing where less than
/// a quarter of the known picture is common. 0 or more; the caller pays for pictures compared.
///
/// Unrelated pictures stay below 1 and those that share graphics below 5, 99.5 % of edited copies
/// have more than 10; the same place seen again has as much as a copy.
/// Source: docs/decisions/0052-geometry.md.
[[nodiscard]] double placement_score(const PicturePlacement& placement,
                                     const PlacementRules& rules = kPlacementRules);

}  // namespace refrain::align

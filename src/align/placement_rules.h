#pragma once

#include <array>
#include <cstddef>

namespace refrain::align {

/// What decides where one picture lies in another, and what that is worth. Pixels are those of the
/// query's working picture.
///
/// The numbers were chosen on right and wrong pairs of pictures, docs/decisions/0052-geometry.md,
/// unless said otherwise. A test fails where one is halved or doubled:
/// tests/unit/align/placement_rules_test.cpp.
///
/// Thread safety: a value.
struct PlacementRules {
    // Whether a pair of points agrees with a map.
    double turn_tolerance = 0.45;      ///< radians, between the pair's own turn and the map's
    double log_scale_tolerance = 0.7;  ///< log2 of sizes
    /// Pixels within which an inlier's place must agree, and more of them for each unit of its
    /// size, up to a size: corners are found on coarser levels with fewer samples.
    double place_tolerance = 2.5;
    double place_tolerance_per_scale = 1.0;
    double max_tolerance_scale = 8.0;

    // Votes of pairs for poses.
    int turns = 12;  ///< cells of turn, of 30 degrees each
    /// Side of a cell of place, as a share of the size at which the known points' extent would be
    /// seen.
    double place_step = 0.4;
    std::size_t fewest_in_cell = 3;  ///< points; three fix an affine map
    /// Pairs of one cell that are looked at; more tell nothing new about where to begin. Bounds the
    /// work.
    std::size_t max_members = 96;
    int max_uses = 2;  ///< cells that a pair may serve in before it is no news

    // Fits. A pair may lie further from a map than its tolerance by these shares of its distance
    // from where the map was fixed: what a single pair says is inexact, and more so far off.
    double seed_drift = 0.3;
    double seed_narrowing = 3;  ///< by which it is divided in the second round
    double fit_drift = 0.05;
    double fit_narrowing = 4;       ///< likewise; the third round has none
    double shortlist_drift = 0.15;  ///< of the pairs that are kept for these rounds
    std::array<double, 5> loosening_drifts{0.1, 0.06, 0.03, 0.01,
                                           0};  ///< of freer maps, round by round
    std::size_t seeds = 4;                      ///< pairs of a cell that are tried as its beginning
    /// A cell of which the best map has more than this share is not tried.
    double explained_share = 0.5;
    /// A map with fewer inliers than this share of the best one's is not better by chance alone.
    double enough_inliers = 0.75;
    std::size_t min_for_affine = 7;  ///< inliers; fewer do not tell a similarity from a freer map
    std::size_t min_for_perspective = 10;  ///< likewise
    double max_shear = 2.2;                ///< ratio of the two sizes of a map
    double max_depth_ratio = 2.5;          ///< of the horizon's distance, corner to middle
    /// Inliers that lie along a line fix no map: their variance across it, pixels^2, and as a share
    /// of all.
    double least_variance = 10;
    double least_variance_share = 0.002;

    // The chance of a map.
    /// Bounds of distance that are tried, bits; the last one admits all pairs.
    std::array<int, 5> distances{28, 36, 44, 54, 256};
    float corner = 8;  ///< pixels within which points are taken for one corner
    /// Share of unrelated pairs within the tolerance of turn that agrees in size, too.
    double size_agrees = 0.6;
    double pose_prior =
        10;  ///< pairs for which the chance of a pose is known before any is counted

    // What both pictures should show.
    double finest = 0.8;       ///< size of points in the other picture at which it has points, too
    double coarsest = 8;       ///< the same, at most
    double min_in_band = 30;   ///< points; fewer of a size tell no share
    double min_in_cell = 4;    ///< points; fewer of a cell tell nothing
    double hardly_any = 0.25;  ///< of what agrees elsewhere: less is as good as none

    // What a place is worth.
    double huddled = 0.3;  ///< spread of what a logo or a caption gives: worth nothing
    double spread = 0.75;  ///< spread of a copy: worth all
    /// Share of the points that should be seen from which on nothing speaks against a copy; it
    /// rises with what the spread falls short of.
    double full_share = 0.3;
    double full_share_per_huddle = 2;
    /// The same where the query has most of its points on what is blank in the known picture:
    /// graphics over a flat or black frame, shown over another scene.
    double blank = 0.45;
    double full_share_per_blank = 1.5;
    /// The same of a map with perspective, which bends to what it is given: photos of one place
    /// from two sides, and slides of one layout, fit one with few of their points.
    double full_perspective_share = 0.7;
    /// An affine map bends a little less, and meets a heading and stray letters of the lines below.
    double torn_affine = 0.2;
    double full_share_per_tear_affine = 1.5;
    /// What is pasted over a copy tears it too, up to half; slides with a heading in common are
    /// torn more.
    double torn = 0.45;
    double full_share_per_tear = 3.5;
    /// Powers of what is there of the full share: the freer the map, the less a lower share is
    /// worth.
    double similarity_power = 2;
    double affine_power = 3;
    double perspective_power = 4;
    /// Shares of the known picture: what shows less than a quarter is no copy of it, it may be the
    /// same picture that was made part of both.
    double no_part = 0.236;
    double full_part = 0.246;
    /// Common share of either picture from which on nothing speaks against a copy; below it by the
    /// square.
    double full_overlap = 0.4;
};

/// The rules that ship.
inline constexpr PlacementRules kPlacementRules{};

}  // namespace refrain::align

#pragma once

#include "verdict/score_rules.h"

namespace refrain::verdict {

/// How cells of the known picture compare with what the query shows at their places. Shares are of
/// the telling cells: those in view where the known picture has detail.
struct CellMeasures {
    bool is_measured = false;  ///< else there were no cells to compare, and nothing else counts
    double telling = 0;        ///< number of such cells
    double like = 0;           ///< share that shows the same
    double unlike = 0;         ///< share that shows something else, or nothing
    double distance = 0;       ///< mean of local::order_distance where both have detail, 0..3
    double torn = 0;           ///< share in whose neighbourhood the distance is that of chance
    double mixed = 0;        ///< share that is unlike among cells that are like: how much of those
    double mixed_extra = 0;  ///< as many cells where only the query has detail, among such that are
                             ///< like; 0 and more
    double outline = 0;      ///< correlation of where both have detail, -1..1
    double covered = 0;      ///< unlike cells in the largest region where hardly any are like
    double unlike_elsewhere = 0;  ///< share of the others that is unlike
};

/// What tells a copy from a look-alike at one place: a known picture laid over a frame of the
/// query.
struct PlaceMeasures {
    double rarity = 0;  ///< -log10 of the chance of the place among unrelated pictures, >= 0
    double rarity_of_point = 0;  ///< `rarity` over the known points in view
    double share = 0;            ///< PicturePlacement::expected_share
    double spread = 0;           ///< PicturePlacement::spread
    double torn = 0;             ///< PicturePlacement::torn_share
    double blank = 0;            ///< PicturePlacement::blank_share
    double overlap_known = 0;    ///< PicturePlacement::overlap_known
    double overlap_query = 0;    ///< PicturePlacement::overlap_query
    double found = 0;      ///< of the known points in view those with a like point at the place
    double unlike = 0;     ///< and those with points there, but none that is like
    double lone = 0;       ///< of the known points that agree those unlike all others of their
                           ///< own picture: few in text and graphics
    bool is_film = false;  ///< a side is a frame of a video
    bool is_perspective = false;  ///< PicturePlacement::kind is kPerspective
    CellMeasures cells;
};

/// What is left of a place where others share some of its points: as much as these count on
/// average, or in full if those that few share are seldom enough by themselves. 0..1.
///
/// @param mean_weight  mean over its points of `weight_of_shared`
/// @param own_rarity   -log10 of the chance of the points that few share, >= 0
/// Source: docs/decisions/0061-what-many-items-share.md.
[[nodiscard]] double own_worth(double mean_weight,
                               double own_rarity,
                               const ScoreRules& rules = kScoreRules);

/// The evidence that leaves this share of what a place of `evidence` is worth as a look-alike.
[[nodiscard]] double shared_evidence(double evidence,
                                     double own_worth,
                                     const ScoreRules& rules = kScoreRules);

/// How much more a place is a copy's than a look-alike's: a natural logarithm of odds, 0 where the
/// look-alikes of the training sets end.
///
/// A sum of one term a measure, each a broken line that rises or falls throughout: the table in
/// copy_evidence_table.inc.
/// Source: docs/decisions/0070-copies-and-look-alikes.md.
[[nodiscard]] double copy_evidence(const PlaceMeasures& measures);

/// What a place is worth by agreement alone: its rarity where points and cells together show a
/// copy, else 0. A part of less than a quarter of the known picture has to agree in full detail,
/// and without perspective: no crop needs that, but a photo on a slide that is known does. Such
/// parts of films, and places without cells, get 0.
/// Source: docs/decisions/0072-agreement-lifts.md; of films 0077-films-that-agree.md.
[[nodiscard]] double agreed_score(const PlaceMeasures& measures,
                                  const ScoreRules& rules = kScoreRules);

/// The rarity from which on a place may count by agreement alone.
[[nodiscard]] double agreed_rarity(bool is_film, const ScoreRules& rules = kScoreRules);

/// What the whole frames add to it where they lie `distance` bits apart, >= 0.
[[nodiscard]] double whole_frame_evidence(int distance, const ScoreRules& rules = kScoreRules);

/// The most that whole frames `distance` bits apart are worth where both pictures have points but
/// no place was found: nothing from 21 bits on, where look-alikes begin.
[[nodiscard]] double unplaced_score(int distance, const ScoreRules& rules = kScoreRules);

/// Whether whole frames this far apart, of either sign, may show one picture in two ways of
/// drawing. Look-alikes of graphics lie nearer: what they share they show alike. Source:
/// docs/decisions/0078-edge-codes.md.
[[nodiscard]] bool is_redrawn(int distance, const ScoreRules& rules = kScoreRules);

/// The most that a place of this evidence is worth, however seldom it is among unrelated pictures:
/// 6, the default of what counts as a match, where the look-alikes of the training sets end, and 2
/// for each unit of evidence. Not itself fitted as a chance: docs/thresholds.md compares it with
/// what look-alikes reach. 0 or more.
[[nodiscard]] double look_alike_score(double evidence, const ScoreRules& rules = kScoreRules);

}  // namespace refrain::verdict

#pragma once

#include <span>

#include "refrain/hash256.h"

#include "verdict/score_rules.h"

namespace refrain::verdict {

/// Hamming distance up to which two local codes are taken for the same place.
inline constexpr int kMaxLocalDistance = 64;
/// The same among all known codes, to find out which pictures to look at.
inline constexpr int kMaxVoteDistance = 50;

/// -log10 of the share of unrelated codes that lie this near or nearer; at most that of the nearest
/// ones that were measured.
[[nodiscard]] double pair_rarity(int distance, const ScoreRules& rules = kScoreRules);

/// How telling a pair of local codes this far apart is, above 0 and at most 1. Falls with distance.
/// Source: the distances of unrelated codes, docs/decisions/0050-local-features.md.
[[nodiscard]] float pair_weight(int distance, const ScoreRules& rules = kScoreRules);

/// A query frame that shows a picture of the known item in question.
struct LocalWitness {
    double score = 0;      ///< align::placement_score, less where several items share the frame
    Hash256 query_hash;    ///< PDQ code of the frame
    Hash256 known_hash;    ///< and of the known picture that it shows
    double own_worth = 1;  ///< what is left of it where many unrelated items agree in its points
};

/// -log10 of the expected number of false alarms of one known item, by places where its pictures
/// lie in the query.
///
/// @param witnesses    query frames that show a picture of the item; in any order, empty gives 0
/// @param comparisons  pairs of pictures that this look-up compared, both mirrorings, >= 1
/// @return             0 or more
///
/// The best frame counts in full, each further one in part, and as far as both it and what it shows
/// look different from those counted before: frames of one scene are no independent witnesses, nor
/// are frames of many scenes that show the same still, or the same graphics.
[[nodiscard]] double local_score(std::span<const LocalWitness> witnesses,
                                 double comparisons,
                                 const ScoreRules& rules = kScoreRules);

/// The score of an item that whole frames and local features speak for, each scored by itself.
[[nodiscard]] double combined_score(double frames,
                                    double local,
                                    const ScoreRules& rules = kScoreRules);

}  // namespace refrain::verdict

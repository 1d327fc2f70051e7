#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "refrain/result.h"

#include "evidence/item_source.h"
#include "evidence/local/vote_ranking.h"
#include "evidence/sighting.h"
#include "verdict/score_rules.h"

namespace refrain::evidence {

/// The places of a query, by item.
using PlacedGroups = std::map<PlacedGroup, std::vector<PlacedFrame>>;

/// Frames with this much evidence for an item, and no look-alike, count as showing it.
inline constexpr double kShowsItem = 6.0;
[[nodiscard]] inline bool shows_item(const PlacedFrame& frame) {
    return frame.score >= kShowsItem && frame.judgement.evidence >= 0;
}

/// Lowers places by what other known items show in the same frame.
///
/// The score of a place is divided by the root of the number of media that the frame shows.
/// `own_worth` tells what is left of it where unrelated media agree with the frame in the same
/// points: of each point that agrees it is counted how many do within a cell of it, and points that
/// many share count for nothing. Items are unrelated if they have nothing else in common: neither
/// the rest of both pictures, laid over each other by their maps, nor the other frames of two
/// films. Counts are those of the items that are placed, so they follow what is added and removed
/// at once; no statistics are kept.
///
/// Cost: for a frame that shows few items next to nothing; else the points of at most some 1,000
/// pairs of pictures at each other's places, for the whole query.
/// @error kUnreadable
/// Source: docs/decisions/0061-what-many-items-share.md.
[[nodiscard]] Result<void> share_places(PlacedGroups& groups,
                                        ItemSource& items,
                                        const verdict::ScoreRules& rules = verdict::kScoreRules);

}  // namespace refrain::evidence

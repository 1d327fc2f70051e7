#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "evidence/local/local_votes.h"

namespace refrain::evidence {

/// A part of a known item, seen in the query as it is or in the mirrored query, or in the negative
/// of either.
struct PlacedGroup {
    std::int64_t key = 0;
    bool is_mirrored = false;
    bool is_negative = false;
    std::uint32_t part = 0;  ///< of the item, as of `part_of`

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the defaulted comparison.
    friend auto operator<=>(const PlacedGroup&, const PlacedGroup&) = default;
};

/// What decides in which order items are placed.
///
/// Thread safety: a value.
struct RankingRules {
    /// Items of one frame that show at most, with some room. What the next one has, others have by
    /// chance: black frames and textures give votes to dozens.
    std::size_t shown_items = 6;
};

/// An item with the votes for it in all frames, as it is or mirrored.
struct RankedGroup {
    PlacedGroup group;
    double votes = 0;                           ///< what it has beyond chance, 0 or more
    std::vector<const VotedPicture*> pictures;  ///< in no order
};

/// Leaves of the hits of each picture those that are the nearest of both their points, and of its
/// votes the same share: the points of a texture all meet a few of another.
void keep_mutual(std::span<VotedPicture> voted);

/// The items that frames of a query vote for, those with most beyond chance first.
///
/// A frame counts for an item what its best picture has more than the item that is next after
/// `shown_items`. Of several frames the sum of squares counts: a few that are sure tell more
/// than many that are not.
///
/// @param voted  outlives what is returned
/// Cost: O(pictures x log pictures). Thread safety: pure function.
/// Source: docs/decisions/0076-films-that-were-lost.md.
[[nodiscard]] std::vector<RankedGroup> rank_items(std::span<const VotedPicture> voted,
                                                  bool is_negative,
                                                  const RankingRules& rules = {});

}  // namespace refrain::evidence

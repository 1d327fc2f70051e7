#pragma once

#include <span>

#include "align/time_segments.h"
#include "evidence/known_item.h"
#include "evidence/query.h"
#include "match/match_rules.h"

namespace refrain::match {

/// How a query changes where a known film changes, over all runs that show the same ground
/// together, or over all runs where none does. Codes of whole frames,
/// bit by bit; what both have in common all the time, a background or a caption, tells nothing.
struct FollowedMotion {
    int frames = 0;       ///< pairs of frames compared
    int nearest = 256;    ///< bits between the frames of the nearest pair
    double distance = 0;  ///< mean of all pairs, bits
    double known = 0;     ///< sum of the bits' variances in the known film, 0..64
    /// Share of the known film's changes that the query makes, too: covariance of the bits by
    /// `known`. 1 in a copy; near 0 where another subject moves on the same ground.
    double followed = 0;
};

/// Compares each frame of the query in a run with the known frame that is likest within the
/// alignment's tolerance of the time where the run puts it.
///
/// @param view  of the query
/// @param runs  of this view
/// @return      nothing compared (0 frames) where a side is a picture
///
/// Cost: at most MatchRules::most_motion_frames frames, each with the known frames of half a
/// second. Thread safety: pure function. Source: docs/decisions/0074-followed-motion.md.
[[nodiscard]] FollowedMotion followed_motion(const evidence::Query& query,
                                             evidence::QueryView view,
                                             const evidence::KnownItem& item,
                                             std::span<const align::TimeSegment* const> runs,
                                             const MatchRules& rules);

/// Whether the query shows what does not move in the known film, and not what does: another event
/// before the same camera. False where that cannot be told: few frames, a still film, frames that
/// are the same, or so unlike as crops are.
[[nodiscard]] bool moves_otherwise(const FollowedMotion& motion, const MatchRules& rules);

}  // namespace refrain::match

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "align/line_fit.h"
#include "align/time_rules.h"
#include "align/time_segments.h"

namespace refrain::align {

/// A span of reference time, in seconds, and how much a query frame looks like it.
struct Piece {
    double begin = 0;
    double end = 0;  ///< > begin
    double weight = 0;
};

/// A query frame that has hits.
struct HitFrame {
    double time = 0;            ///< seconds
    double end = 0;             ///< time of the next sampled frame
    std::uint32_t ordinal = 0;  ///< among all sampled frames
    std::size_t pieces_begin = 0;
    std::size_t pieces_end = 0;
    std::size_t hits_begin = 0;  ///< into HitTable::order
    std::size_t hits_end = 0;
};

/// The hits by query time, and for each query frame a step function of reference time: the weight
/// of the heaviest hit there. Pieces of one frame do not overlap and are sorted.
struct HitTable {
    std::vector<HitFrame> frames;
    std::vector<Piece> pieces;
    std::vector<std::size_t> order;  ///< indices of the hits, in an order that hits alone decide
    double typical_weight = 1;       ///< median over frames of the heaviest hit, > 0
    double tolerance = 0;            ///< seconds, > 0
    double max_gap = 0;              ///< seconds
    TimeRules rules;                 ///< of all that is made of the table
};

/// What one query frame says about one reference time.
struct Support {
    double gain =
        0;  ///< the weight of a piece, less with the distance outside; 0: beyond tolerance
    std::size_t piece = 0;  ///< valid if gain > 0
};

/// @return an empty table if no hit has a positive, finite weight
///
/// Of one frame at most 32 pieces are kept: neighbours of similar weight are merged first, then the
/// lightest are dropped. With more than 6000 frames fewer, so that all are at most 200 000 or four
/// per frame. Cost: O(n log n).
[[nodiscard]] HitTable make_hit_table(std::span<const TimeHit> hits,
                                      const TimeOptions& options,
                                      const TimeRules& rules = kTimeRules);

/// How much a weight counts when the line passes `outside` seconds beside the span, 0..1.
[[nodiscard]] double closeness(double outside, double tolerance);

[[nodiscard]] Support support_of(const HitTable& table, std::size_t frame, double reference_time);

/// Sampled frames strictly between two frames of the table that have no hit at all.
[[nodiscard]] double unseen_between(const HitTable& table, std::size_t earlier, std::size_t later);

/// Query time, in seconds, from the first sampled frame after `earlier` until `later`.
[[nodiscard]] double silence_between(const HitTable& table, std::size_t earlier, std::size_t later);

}  // namespace refrain::align

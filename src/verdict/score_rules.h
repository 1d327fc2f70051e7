#pragma once

#include <algorithm>
#include <cstddef>

namespace refrain::verdict {

/// What decides in a score. Bits are Hamming distances of 256-bit codes; worths and scores are
/// -log10 of a chance.
///
/// Measurements and their tables are in docs/thresholds.md unless another page is named. A test
/// fails where one is halved or doubled: tests/unit/verdict/score_rules_test.cpp.
///
/// Thread safety: a value.
struct ScoreRules {
    // Whole frames. PDQ codes of unrelated photos, 7.3 million pairs of one picture with a view of
    // another: mean 128, deviation 8.2; -log10 of the share at or below 96 bits is 3.95, from there
    // to 80 it grows by 0.144 a bit, and no pair is nearer than 76.
    double unrelated_mean = 128.0;     ///< bits
    double unrelated_deviation = 8.5;  ///< bits; above the measured one, on the safe side
    int tail_begins = 96;              ///< bits; below it the chance falls as `tail_slope` says
    double tail_slope = 0.15;          ///< of -log10 of the chance, a bit
    /// PDQ quality, 0 to 100, from which on a frame counts in full; below it in proportion.
    double full_quality = 50.0;
    /// Share that a frame of the least quality counts.
    double least_quality_share = 0.25;
    /// What all whole frames together are worth at most. Below that of places (`max_score`): frames
    /// of one film repeat each other more than they show.
    double max_frames_score = 60.0;

    // Several witnesses of one item, whole frames or places.
    /// Bits from all earlier witnesses at which one is a witness of its own; unrelated pictures are
    /// 128 apart, and hardly two in ten thousand as near as this.
    double independent_bits = 96.0;
    /// Share that such a witness adds: even then both come from one camera, one channel, one day.
    double further_share = 0.4;
    /// Witnesses that are counted. Bounds the work, which is quadratic; a score has long passed
    /// every threshold by then.
    std::size_t max_witnesses = 24;

    // Pairs of local codes and places; docs/decisions/0050-local-features.md. -log10 of the share
    // of unrelated codes within a distance: 7 at 24 bits, from there to 64 it falls by 0.0975 a
    // bit.
    double rarity_at_nearest = 7.0;
    int nearest = 24;  ///< bits
    double rarity_per_bit = 0.0975;
    /// Rarity at which a pair tells nothing; what is above it makes its weight.
    double least_rarity = 2.5;
    /// Weight of a pair that tells hardly anything, of 1.
    double least_weight = 0.05;
    /// No place is believed more than this, so that one alone never outweighs all others by far.
    double max_witness = 72.0;

    // Whole frames and places together.
    /// Share that the weaker kind adds: both see the same pixels.
    double second_share = 0.5;
    /// No item has a greater score; that of the same bytes is 77 (`kExactScore`).
    double max_score = 75.0;

    // What several known media share; docs/decisions/0061-what-many-items-share.md.
    /// Unrelated media up to which what they share counts in full for each.
    int few_share = 4;
    /// Unrelated media from which on it counts for nothing, and in between evenly less.
    int many_share = 8;
    /// Rarity at which the points that few share make a place count in full, however many share the
    /// others.
    double own_rarity = 40;

    // Look-alikes; docs/decisions/0070-copies-and-look-alikes.md. Codes of whole frames of
    // look-alikes lie 21 bits apart and more, hardly any below.
    double same_frame = 8;      ///< bits up to which whole frames speak for a copy in full
    double like_frame = 22;     ///< bits from which on they say nothing
    double frame_evidence = 9;  ///< what they add up to `same_frame`, of the logarithm of odds
    int unplaced_frame = 20;    ///< bits up to which they are believed although no place was found
    /// Bits that the whole frames of a redrawn picture lie apart at least, and from the negative;
    /// docs/decisions/0078-edge-codes.md.
    int redrawn = 68;
    /// Comparisons that a score by edges alone is held against, at most. Within the distance that
    /// is asked for chance gives nothing, however many are known; what remains are look-alikes, and
    /// these were measured among so many; docs/decisions/0064-votes-at-scale.md.
    double most_edge_comparisons = 30'000;
    // Places of two pictures that count by agreement alone; docs/decisions/0072-agreement-lifts.md.
    /// Rarity from which on one may; it is then what the place is worth.
    double agreed_rarity = 20;
    /// Evidence that it needs.
    double agrees = 0.3;
    /// The same of films, whose frames have fewer points; docs/decisions/0077-films-that-agree.md.
    double film_rarity = 15;
    double film_agrees = 1.5;
    /// Share of the points that should be seen which a film must have too: a channel's overlay on
    /// black agrees in all that is shown of it.
    double film_share = 0.3;
    /// The same with perspective, whose map bends to what it is given.
    double agrees_in_perspective = 1.0;
    /// Share of the known picture that a place with perspective must show: a photo on a slide that
    /// is known is no copy.
    double shown_in_perspective = 0.5;
    /// A place that shows a smaller share of the known picture is of a part of it, and needs more:
    double whole_enough = 0.246;
    double part_agrees = 4.0;  ///< evidence
    double part_rarity = 25;
    double part_cells = 40;  ///< telling cells to see it by

    /// The tables are such that look-alikes of the training sets end at evidence 0, hence at this
    /// score, the default of what counts as a match.
    double score_at_no_evidence = 6.0;
    /// By which each unit of evidence moves the score.
    double score_per_evidence = 2.0;
};

/// The rules that ship.
inline constexpr ScoreRules kScoreRules{};

/// The share of its worth that a witness adds to those before it. @param nearest  bits to these
[[nodiscard]] constexpr double share_of_further(int nearest, const ScoreRules& rules) {
    return rules.further_share * std::min(1.0, nearest / rules.independent_bits);
}

}  // namespace refrain::verdict

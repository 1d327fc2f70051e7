#pragma once

#include <span>

#include "refrain/hash256.h"

#include "verdict/score_rules.h"

namespace refrain::verdict {

/// PDQ quality, 0..100, below which a frame is neither searched nor found: its hash is that of
/// noise. Higher than keyframe::ChangeSampler::kLeastComparedQuality, since a wrong match costs
/// more than a frame kept for nothing: frames between the two are stored, but not searched.
inline constexpr int kLeastSearchedQuality = 10;
/// PDQ distance up to which two frames are taken for the same picture, with nothing else known.
inline constexpr int kMaxDistance = 31;
/// The same for a frame beside others that agree, in a known item that was found already.
inline constexpr int kMaxCompanionDistance = 48;
/// Distance of edge codes up to which a picture may be the other one redrawn; look-alikes of
/// graphics begin there. Source: docs/decisions/0078-edge-codes.md.
inline constexpr int kMaxEdgeDistance = 48;

/// Score of the same bytes: -log10 of the chance that two SHA-256 digests agree.
inline constexpr double kExactScore = 77.0;
/// The same of shorter digests. Who makes two files of one MD5 or SHA-1 made both himself.
inline constexpr double kExactSha1Score = 48.2;
inline constexpr double kExactMd5Score = 38.5;

/// A query frame that looks like a frame of the known item in question.
struct FrameEvidence {
    int distance = 0;          ///< Hamming, 0..256
    int quality = 0;           ///< the lower of both frames', 0..100
    int sharing_items = 1;     ///< known items that this query frame looks like, >= 1
    Hash256 query_hash;        ///< to tell one picture shown long from several pictures
    bool is_by_edges = false;  ///< `distance` is of edge codes
    int unrelated_items = 1;   ///< of the items that share it those with nothing else in common
};

/// -log10 of the chance that PDQ codes of two unrelated pictures lie within `distance` bits.
/// Falls with distance, never below 0. Source: docs/thresholds.md.
[[nodiscard]] double rarity(int distance, const ScoreRules& rules = kScoreRules);

/// The share that counts of what so many unrelated media show: all for few, nothing for many.
/// Source: docs/decisions/0061-what-many-items-share.md.
[[nodiscard]] double weight_of_shared(int media, const ScoreRules& rules = kScoreRules);

/// What one frame is worth: its rarity, less where it has little detail, and less where several
/// known items share the picture; nothing where many do that are unrelated. 0 or more.
[[nodiscard]] double frame_weight(const FrameEvidence& frame,
                                  const ScoreRules& rules = kScoreRules);

/// -log10 of the expected number of false alarms of one known item.
///
/// @param evidence     matched frames, in any order; empty gives 0
/// @param comparisons  pairs of codes that this look-up compared, all views included, >= 1; where
///                     all frames are by edges, only ScoreRules::most_edge_comparisons count
/// @return             0 or more
///
/// The heaviest frame counts in full. Each further one adds the part of its weight by which it
/// looks different from all those counted before, since frames of one shot are no independent
/// witnesses.
[[nodiscard]] double frame_score(std::span<const FrameEvidence> evidence,
                                 double comparisons,
                                 const ScoreRules& rules = kScoreRules);

}  // namespace refrain::verdict

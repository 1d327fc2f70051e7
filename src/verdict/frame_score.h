#pragma once

#include <cstddef>
#include <span>

#include "refrain/hash256.h"

namespace refrain::verdict {

/// PDQ quality below which a frame is neither searched nor found.
inline constexpr int kMinQuality = 50;
/// PDQ distance up to which two frames count as the same picture.
inline constexpr int kMaxDistance = 31;

/// Score of the same bytes: -log10 of the chance that two SHA-256 digests agree.
inline constexpr double kExactScore = 77.0;

/// A matched frame, as evidence.
struct FrameEvidence {
    int distance = 0;  ///< 0..256
    Hash256 query_hash;
};

/// -log10 of the chance that PDQ codes of two unrelated pictures lie within `distance` bits.
/// Falls with distance, never below 0. Source: docs/thresholds.md.
[[nodiscard]] double rarity(int distance);

/// -log10 of the expected number of false alarms of one known item.
///
/// @param evidence     matched frames; empty gives 0
/// @param comparisons  pairs of codes that this look-up compared, all views included, >= 1
/// @return             0 or more
///
/// The nearest frame counts in full; frames that look different from those counted before add
/// a part of theirs, since frames of one video are no independent witnesses.
[[nodiscard]] double frame_score(std::span<const FrameEvidence> evidence, double comparisons);

}  // namespace refrain::verdict

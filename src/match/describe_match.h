#pragma once

#include <cstdint>
#include <vector>

#include "refrain/verdict.h"

#include "evidence/known_item.h"
#include "evidence/query_view.h"
#include "evidence/sighting.h"

namespace refrain::match {

/// A match with the item's names and nothing else.
[[nodiscard]] Match describe(const evidence::KnownItem& item);

/// The match of a query that is the same bytes, as a digest of this kind tells.
[[nodiscard]] Match exact_match(const evidence::KnownItem& item,
                                const Fingerprint& query,
                                DigestAlgorithm by = DigestAlgorithm::kSha256);

/// Which part of a medium this is, to be named in a match.
[[nodiscard]] MatchedPart matched_part(const Fingerprint& query);
[[nodiscard]] MatchedPart matched_part(const evidence::KnownItem& part);

/// How the known picture lies in the query when this view of the query looks like it.
[[nodiscard]] Transform transform_of(evidence::QueryView view);

/// The same for a place that local features found, in the query or in the mirrored one.
[[nodiscard]] Transform transform_of(const evidence::PlacedFrame& placed, bool is_mirrored);

/// The share of `duration` that the spans cover together, 0..1.
///
/// @param duration  of what was decoded
[[nodiscard]] double covered(const std::vector<TimeSpan>& spans, MediaTime duration);

}  // namespace refrain::match

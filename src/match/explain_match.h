#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "refrain/verdict.h"

#include "evidence/known_item.h"
#include "match/item_evidence.h"

namespace refrain::match {

/// What the score of an item is made of.
///
/// @param view   of the query, as in `match_item`
/// @param used   indices into the hits of `evidence` that the score was made from
/// @param score  that score
[[nodiscard]] Explanation explain_match(const ItemEvidence& evidence,
                                        evidence::QueryView view,
                                        std::span<const std::size_t> used,
                                        const ItemScore& score);

/// The same of a query that is the item's bytes: the frame with the most detail, on both sides.
[[nodiscard]] Explanation explain_exact(const evidence::KnownItem& item, const Fingerprint& query);

}  // namespace refrain::match

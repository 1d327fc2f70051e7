#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "refrain/verdict.h"

#include "corpus/candidate.h"
#include "corpus/known_set.h"
#include "corpus/local_search.h"
#include "corpus/query.h"

namespace refrain::corpus {

/// What the matches of one look-up have in common.
struct LookUpContext {
    const Query& query;
    const std::vector<std::uint32_t>& sharing;  ///< SeedFindings::sharing
    double comparisons = 1;                     ///< pairs of codes compared to find candidates
    double local_comparisons = 1;               ///< LocalFindings::comparisons
    bool wants_explanation = false;
};

/// One way to look at a known item. Borrows all of it.
struct Aspect {
    const LookUpContext* context = nullptr;
    const KnownItem* item = nullptr;
    std::uint32_t view = 0;  ///< of the query, below kQueryViews
    /// Near frames of the query in this view and the item.
    const std::vector<PairedFrame>* pairs = nullptr;
    /// Frames that show the item by local features, in the mirrored query if the view is a
    /// mirrored one; null: none.
    const std::vector<PlacedFrame>* local = nullptr;
};

/// Aligns and scores one known item through several views of the query.
///
/// The view with the best score counts first; of the others, what lies in query time that no better
/// one explains. Each segment has its own transform where it differs from the match's.
///
/// @param aspects  at least one, all of one item
///
/// Cost: O(n log n) in the pairs and places of each aspect. Thread safety: pure function.
/// Source: docs/decisions/0057-several-views-of-an-item.md.
[[nodiscard]] Match match_item(std::span<const Aspect> aspects);

}  // namespace refrain::corpus

#pragma once

#include <cstdint>
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

/// Aligns and scores one known item through one view of the query.
///
/// @param local  frames that show the item by local features, in the mirrored query if the view is
///               a mirrored one; may be empty
///
/// Cost: frames of the query x frames of the item. Thread safety: pure function.
[[nodiscard]] Match match_item(const LookUpContext& context,
                               const KnownItem& item,
                               std::uint32_t view,
                               const std::vector<PlacedFrame>& local);

}  // namespace refrain::corpus
